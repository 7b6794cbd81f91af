using UdpTun.Actors.Settings;
using UdpTun.Host.Configuration;
using UdpTun.Host.Roles;
using UdpTun.Linux.HostSetup;
using UdpTun.Linux.Sockets;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Io;

namespace UdpTun.Host.Verbs.Doctor.Checks;

/// <summary>
/// A client's way to its server: name, route, port, and what it carries both ways. A server's: what its uplink carries.
/// </summary>
internal sealed class PathCheck : IDoctorCheck
{
    // RFC 5737: nobody's. With the client's own, the server might lead its static mappings to the probe.
    private static readonly InetAddress ProbeAddress = InetAddress.Parse("192.0.2.1");

    public string Name => "path";

    public Task<IReadOnlyList<Finding>> Look(Patient patient, CancellationToken stop) =>
        patient.IsServer ? Task.FromResult<IReadOnlyList<Finding>>([LookAtUplink(patient)]) : LookAtServer(patient, stop);

    private static Finding LookAtUplink(Patient patient)
    {
        var (v4, v6) = patient.Host.FindUplinks(patient.Settings.Server.Uplink);
        if (v4 is null && v6 is null)
        {
            return patient.Forwards
                ? new Finding("uplink", Verdict.Bad, "the host has no default route", "add one, or name the device towards the internet with --uplink")
                : new Finding("uplink", Verdict.Good, "is not needed by the exit echo");
        }

        var (carries, mtu) = (UplinkPath.Mtu(patient.Settings.Server.Uplink), patient.Settings.Tun.Mtu);
        var names = string.Join(" and ", new[] { v4, v6 }.OfType<string>().Distinct());
        return mtu + TunnelMtu.LeastOverhead > carries
            ? new Finding("MTU", Verdict.Warning, $"{names} carries {carries} bytes, and packets of {mtu} bytes in datagrams are longer",
                "udptun.tun.mtu = auto")
            : new Finding("MTU", Verdict.Good, $"{names} carries {carries} bytes; packets of up to {mtu ?? TunnelMtu.For(carries ?? TunnelMtu.Usual)} bytes in the tunnel");
    }

    private async Task<IReadOnlyList<Finding>> LookAtServer(Patient patient, CancellationToken stop)
    {
        var findings = new List<Finding>();
        var keys = patient.Transport == TransportKind.Secure && !patient.IsRunning ? KeysOf(patient) : null;
        var server = patient.ServerOfRunning ?? keys?.Peers[0].Endpoints[0] ?? patient.Settings.Client.Server;
        // Without keys, the keys' check has told.
        if (server is null || FindServer(server, findings) is not { } way) return findings;
        if (patient.Transport == TransportKind.Secure)
        {
            if (patient.NoSession is { } reason) findings.Add(OfRunning(reason, way));
            else if (keys is not null) findings.Add(await ShakeHands(keys, way, stop));
            return findings;
        }

        var mtu = patient.Settings.Tun.Mtu ?? TunnelMtu.For(way.PathMtu ?? TunnelMtu.Usual + TunnelMtu.Overhead);
        using var probe = new EchoProbe(way.Endpoint, ProbeAddress, patient.Gateway);
        await LookAtPort(probe, way, mtu, patient.Gateway, findings, stop);
        return findings;
    }

    private static SecureSettings? KeysOf(Patient patient)
    {
        try
        {
            return patient.Secure.OfClient();
        }
        catch (ConfigurationException)
        {
            return null;
        }
    }

    // A second handshake in its name would disturb it.
    private static Finding OfRunning(string noSession, ServerAddress way) => noSession.Length == 0
        ? new Finding("server", Verdict.Good, $"the client that runs here has a session with UDP {way.Endpoint}")
        : new Finding("server", Verdict.Bad, $"the client that runs here has no session with UDP {way.Endpoint}, {noSession}");

    private static async Task<Finding> ShakeHands(SecureSettings keys, ServerAddress way, CancellationToken stop)
    {
        using var probe = new HandshakeProbe(keys, way.Endpoint);
        return await probe.Try(stop) switch
        {
            HandshakeOutcome.Answered => new Finding("server", Verdict.Good,
                $"shakes hands at UDP {way.Endpoint} in {probe.RoundTrip.TotalMilliseconds:0.0} ms: the keys of both are right"),
            HandshakeOutcome.PresharedKey => new Finding("server", Verdict.Bad, $"the server at UDP {way.Endpoint} knows this client, but has another preshared key",
                "make the peer anew on the server (udptun peer remove, udptun peer add), and take that conf"),
            HandshakeOutcome.Refused => Refused(way),
            _ => new Finding("server", Verdict.Bad, $"nobody answers a handshake at UDP {way.Endpoint}; a server is silent to whom it does not know",
                $"look for a firewall in front of the server; whether 'udptun peer list' there shows {keys.PrivateKey.ToPublic()} (this client) and its log says "
                + $"'our public key is {keys.Peers[0].PublicKey}'; and whether this host's clock was ahead before: the server takes no call that is earlier than the last"),
        };
    }

    private static Finding Refused(ServerAddress way) => new(
        "server", Verdict.Bad, $"the host is there, but nothing listens at UDP {way.Endpoint}", "start the server, or correct the port of --server");

    private static ServerAddress? FindServer(ServerEndpoint server, List<Finding> findings)
    {
        try
        {
            var way = ServerAddress.Find(server, OuterPath.MtuTo);
            findings.Add(way.PathMtu is null
                ? new Finding("route", Verdict.Bad, $"no route leads to the server {way.Endpoint}", "ip route get tells; bring the network up")
                : new Finding("route", Verdict.Good, $"leads to the server {way.Endpoint} and carries {way.PathMtu} bytes as far as this host knows"));
            return way.PathMtu is null ? null : way;
        }
        catch (DeviceUnavailableException unknown)
        {
            findings.Add(new Finding("server", Verdict.Bad, unknown.Message, "correct --server, or the host's DNS"));
            return null;
        }
    }

    private async Task LookAtPort(EchoProbe probe, ServerAddress way, int mtu, InetAddress gateway, List<Finding> findings, CancellationToken stop)
    {
        switch (await probe.Try(EchoProbe.Least, stop))
        {
            case EchoOutcome.Refused:
                findings.Add(Refused(way));
                return;
            case EchoOutcome.Silent:
                findings.Add(new Finding("server", Verdict.Bad, $"nobody answers at UDP {way.Endpoint} (a ping of {gateway} inside the tunnel)",
                    "look for a firewall in front of the server, its allowed-clients and max-clients; --gateway names its address inside the tunnel if it is another"));
                return;
        }

        findings.Add(new Finding("server", Verdict.Good, $"answers at UDP {way.Endpoint} in {probe.RoundTrip.TotalMilliseconds:0.0} ms"));
        findings.Add(await LookAtSizes(probe, mtu, stop));
    }

    private static async Task<Finding> LookAtSizes(EchoProbe probe, int mtu, CancellationToken stop)
    {
        if (await probe.Try(mtu, stop) == EchoOutcome.Answered)
            return new Finding("MTU", Verdict.Good, $"packets of {mtu} bytes, the tunnel's longest, pass both ways in whole datagrams");
        var (passes, fails) = (EchoProbe.Least, mtu);
        while (fails - passes > 1)
        {
            var middle = (passes + fails) / 2;
            if (await probe.Try(middle, stop) == EchoOutcome.Answered) passes = middle;
            else fails = middle;
        }

        return new Finding("MTU", Verdict.Warning,
            $"packets of more than {passes} bytes do not pass both ways in whole datagrams, and the tunnel's longest has {mtu}",
            $"--set udptun.tun.mtu={passes} at the client and at the server");
    }
}
