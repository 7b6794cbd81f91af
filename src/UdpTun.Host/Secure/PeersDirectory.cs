using System.Diagnostics;
using System.Text.RegularExpressions;
using UdpTun.Actors.Settings;
using UdpTun.Actors.Settings.Reading;
using UdpTun.Host.Cli;
using UdpTun.Host.Configuration;
using UdpTun.Host.Configuration.Hocon;
using UdpTun.Linux.HostSetup;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Host.Secure;

/// <summary>The peers of <c>udptun.secure.peers-directory</c>, a file NAME.conf each.</summary>
/// <param name="path">The directory; one that is missing holds nobody.</param>
/// <param name="defaults">What the layers of the configuration say of all peers, lowest first.</param>
/// <param name="known">Which keys there are.</param>
internal sealed partial class PeersDirectory(string path, IReadOnlyList<ConfigEntry> defaults, KnownKeys known)
{
    private const string Extension = ".conf";
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(30), LockPause = TimeSpan.FromMilliseconds(50);

    private static readonly FileStreamOptions s_exclusive = new()
    {
        Mode = FileMode.OpenOrCreate,
        Access = FileAccess.ReadWrite,
        Share = FileShare.None,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    };

    private static readonly string[] Section = PeerSettings.Section.Split('.');

    internal string Path { get; } = path;

    /// <summary>Names that a peer may have: they are file names, and words of tables and of the command line.</summary>
    internal static bool IsName(string text) => NamePattern().IsMatch(text);

    /// <summary>Another directory of the same configuration.</summary>
    internal PeersDirectory At(string path) => new(path, defaults, known);

    internal string FileOf(string name) => System.IO.Path.Combine(Path, name + Extension);

    /// <summary>What they have used of their quotas.</summary>
    internal UsedQuotas Used(Action<string> warn) => new(Path, warn);

    /// <summary>
    /// Nobody else makes a peer until this is disposed: who reads which addresses are free is to take one before another reads. Makes the directory,
    /// where it is missing, as a peer's file would.
    /// </summary>
    /// <exception cref="VerbException">It may not be written, or somebody has it for long.</exception>
    internal async Task<IDisposable> Lock(CancellationToken stop)
    {
        var file = System.IO.Path.Combine(Path, ".lock");
        var since = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                var directory = SecretFile.MakeDirectoryOf(file);
                var held = new FileStream(file, s_exclusive);
                FileOwner.Take(file, directory); // root makes what a server without root has to open
                return held;
            }
            catch (UnauthorizedAccessException e)
            {
                throw new VerbException(ExitCode.Privilege, $"{file}: the user {Environment.UserName} may not write there; run this as root", e);
            }
            catch (IOException) when (since.Elapsed < LockPatience)
            {
                await Task.Delay(LockPause, stop);
            }
            catch (IOException e)
            {
                throw new VerbException(ExitCode.Failure, $"another peer is being made, and has not been for {LockPatience.TotalSeconds} s: {e.Message.TrimEnd('.')}", e);
            }
        }
    }

    /// <summary>All peers by name.</summary>
    /// <exception cref="ConfigurationException">A file is wrong, or two of them claim the same.</exception>
    internal IReadOnlyList<PeerSettings> Read()
    {
        List<PeerSettings> peers = [.. Names().Select(Read)];
        RefuseTwins(peers);
        return peers;
    }

    /// <summary>Who has a file, right or wrong.</summary>
    /// <exception cref="ConfigurationException">We may not look.</exception>
    internal IReadOnlyList<string> Names()
    {
        try
        {
            return
            [
                .. Directory.EnumerateFiles(Path, $"*{Extension}").Select(file => System.IO.Path.GetFileNameWithoutExtension(file))
                    .Where(name => !name.StartsWith('.')).Order(StringComparer.Ordinal),
            ];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (UnauthorizedAccessException e)
        {
            throw ConfigurationException.At(Path, $"the user {Environment.UserName} may not look there, but root may", e);
        }
    }

    private PeerSettings Read(string name)
    {
        var file = FileOf(name);
        if (!IsName(name)) throw ConfigurationException.At(file, $"'{name}' is no name of a peer: letters, digits, '.', '-' and '_', at most 63");
        var tree = new ConfigTree();
        foreach (var entry in defaults) tree.Put(entry);
        var own = HoconFileReader.Read(TextFile.Read(file), file).Select(entry => new ConfigEntry([.. Section, .. entry.Path], entry.Value, entry.Origin));
        foreach (var entry in own)
        {
            known.Check(entry);
            tree.Put(entry);
        }

        return Read(file, name, tree);
    }

    private static PeerSettings Read(string file, string name, ConfigTree tree)
    {
        try
        {
            var peer = PeerSettings.Read(new SettingsReader(tree.ToConfig()), name)
                ?? throw ConfigurationException.At(file, "public-key is missing: the file says not who the peer is");
            if (peer.PresharedKey is not null) SecretFile.RefuseIfOpen(file);
            return peer;
        }
        catch (SettingsException e)
        {
            throw ConfigurationException.At(tree.OriginOf(e.Key) ?? file, e.Message, e);
        }
    }

    private void RefuseTwins(List<PeerSettings> peers)
    {
        var owners = new Dictionary<object, string>();
        foreach (var peer in peers)
        {
            foreach (var claim in peer.AllowedIps.Select(network => (object)network.ToNetwork()).Prepend(peer.PublicKey))
            {
                if (owners.TryAdd(claim, peer.Name)) continue;
                var what = claim is PublicKey ? "its public key" : $"the inner range {claim}";
                throw ConfigurationException.At(FileOf(peer.Name), $"{what} is that of the peer {owners[claim]} too");
            }
        }
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}\z")]
    private static partial Regex NamePattern();
}
