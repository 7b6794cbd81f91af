using UdpTun.Actors.Settings;
using UdpTun.Host.Cli;
using UdpTun.Host.Configuration;
using UdpTun.Host.Secure;

namespace UdpTun.Host.Verbs.Peers;

/// <summary>The peer that a command line means.</summary>
internal static class PeerNamed
{
    /// <exception cref="VerbException">There is none of the name.</exception>
    internal static PeerSettings In(PeersDirectory peers, string name)
    {
        var all = peers.Read();
        return all.FirstOrDefault(peer => peer.Name == name) ?? throw None(name, all.Select(peer => peer.Name));
    }

    /// <summary>A sentence for who mistyped a name.</summary>
    internal static VerbException None(string name, IEnumerable<string> names)
    {
        var hint = NearestName.Of(name, names) is { } nearest ? $"did you mean {nearest}?" : "udptun peer list lists them all";
        return new VerbException(ExitCode.Failure, $"there is no peer {name}; {hint}");
    }
}
