using System.Globalization;
using System.Text;

namespace UdpTun.Transport.Uapi;

/// <summary>Writes answers, each ended by its errno and an empty line.</summary>
public static class UapiWriter
{
    /// <summary>The answer to a <c>get</c>. It holds the keys, as wg(8) wants them: only for the socket.</summary>
    public static string Write(InterfaceReport report)
    {
        var text = new StringBuilder();
        if (report.PrivateKey is { } key) Add(text, "private_key", UapiKey.Write(key.Span));
        if (report.ListenPort > 0) Add(text, "listen_port", report.ListenPort);
        if (report.Mark > 0) Add(text, "fwmark", report.Mark);
        foreach (var peer in report.Peers) Add(text, peer);
        return text + Write(UapiErrno.None);
    }

    /// <summary>The answer to a <c>set</c>, or to what is refused.</summary>
    public static string Write(UapiErrno errno) => string.Create(CultureInfo.InvariantCulture, $"errno={-(int)errno}\n\n");

    private static void Add(StringBuilder text, PeerReport peer)
    {
        var since = (peer.LastHandshake ?? DateTimeOffset.UnixEpoch) - DateTimeOffset.UnixEpoch;
        Add(text, "public_key", UapiKey.Write(peer.PublicKey.Span));
        // Zeros, too: that is how wg(8) knows that there is none.
        Add(text, "preshared_key", UapiKey.Write(peer.PresharedKey is { } shared ? shared.Span : UapiKey.None));
        Add(text, "protocol_version", 1);
        if (peer.Endpoint is { } endpoint) Add(text, "endpoint", endpoint);
        Add(text, "last_handshake_time_sec", since.Ticks / TimeSpan.TicksPerSecond);
        Add(text, "last_handshake_time_nsec", since.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick);
        Add(text, "tx_bytes", peer.SentBytes);
        Add(text, "rx_bytes", peer.ReceivedBytes);
        Add(text, "persistent_keepalive_interval", peer.PersistentKeepalive);
        foreach (var network in peer.AllowedIps) Add(text, "allowed_ip", network);
    }

    private static void Add<T>(StringBuilder text, string key, T value) => text.Append(CultureInfo.InvariantCulture, $"{key}={value}\n");
}
