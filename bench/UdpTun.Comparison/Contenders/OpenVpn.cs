using UdpTun.Comparison.Lab;
using UdpTun.EndToEnd;

namespace UdpTun.Comparison.Contenders;

/// <summary>OpenVPN point to point, without its kernel module.</summary>
/// <param name="encrypts">AES-256-GCM under TLS, or neither cipher nor authentication.</param>
internal sealed class OpenVpn(bool encrypts) : Contender(encrypts ? "openvpn" : "openvpn-null", Kind.Peer)
{
    private string _version = "";

    public override string Description => $"{_version}, {(encrypts ? "AES-256-GCM" : "no cipher, no authentication")}, fast-io, no DCO";

    public override async Task Start(Laboratory lab)
    {
        _version = string.Join(' ', Command.Try("openvpn", "--version").Output.Split(' ').Take(2));
        var (server, client) = encrypts ? (Certificate(lab, "server"), Certificate(lab, "client")) : ("", "");
        lab.Tunnel(lab.Server, [.. Words("10.77.1.1", "10.66.0.1", "10.66.0.2"), .. Secrets(lab, "server", client)]);
        lab.Tunnel(lab.Client, [.. Words("10.77.1.2", "10.66.0.2", "10.66.0.1"), "--remote", "10.77.1.1", .. Secrets(lab, "client", server)]);
        await lab.UntilThere("ovpn0", "ovpn0");
        await Eventually.Holds("openvpn has set its address", TunnelProcess.StartLimit, () =>
            lab.Client.Try("ip", "addr", "show", "dev", "ovpn0").Output.Contains("10.66.0.2")
            && lab.Server.Try("ip", "addr", "show", "dev", "ovpn0").Output.Contains("10.66.0.1"));
        lab.Masquerade(Laboratory.Inner);
        lab.Client.Ip("route add 203.0.113.0/24 dev ovpn0");
    }

    private static string[] Words(string local, string inner, string other) =>
    [
        "openvpn", "--dev", "ovpn0", "--dev-type", "tun", "--local", local, "--port", "1194", "--proto", "udp4", "--ifconfig", inner, other,
        "--tun-mtu", $"{Laboratory.Mtu}", "--txqueuelen", "1000", "--mssfix", "0", "--fast-io", "--disable-dco", "--verb", "1",
    ];

    private string[] Secrets(Laboratory lab, string side, string fingerprintOfTheOther) => encrypts
        ?
        [
            $"--tls-{side}", "--dh", "none", "--data-ciphers", "AES-256-GCM", "--cert", FileOf(lab, side, "crt"), "--key", FileOf(lab, side, "key"),
            "--peer-fingerprint", fingerprintOfTheOther,
        ]
        : ["--cipher", "none", "--auth", "none"];

    /// <summary>Makes a key with a certificate and returns the certificate's fingerprint.</summary>
    private static string Certificate(Laboratory lab, string side)
    {
        Command.Run(
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", $"/CN={side}", "-keyout", FileOf(lab, side, "key"), "-out", FileOf(lab, side, "crt"));
        return Command.Run("openssl", "x509", "-in", FileOf(lab, side, "crt"), "-noout", "-fingerprint", "-sha256").Split('=')[1].Trim();
    }

    private static string FileOf(Laboratory lab, string side, string extension) => Path.Combine(lab.StateDirectory, $"{side}.{extension}");
}
