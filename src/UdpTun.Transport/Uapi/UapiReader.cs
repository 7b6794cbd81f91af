using System.Globalization;
using UdpTun.Net.Flows;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Transport.Uapi;

/// <summary>Reads requests from a stream: lines <c>key=value</c> up to an empty one. The other end may hang up between two requests, or before the first.</summary>
public static class UapiReader
{
    // The longest line that means something is that of a key: 13 + 1 + 64 characters.
    private const int LongestLine = 128;

    // 65536 peers of five networks and a few lines each.
    private const int MostLines = 1 << 20;

    /// <summary>The next request, or null where the stream ends before the request does.</summary>
    /// <exception cref="UapiException">
    /// The request is refused; it has been read to its end, so that the next one can follow. Nothing of it is to be done.
    /// </exception>
    public static UapiRequest? Read(TextReader stream)
    {
        var lines = new List<string>();
        while (ReadLine(stream) is { } line)
        {
            if (line.Length == 0) return lines.Count == 0 ? null : Read(lines);
            if (lines.Count <= MostLines) lines.Add(line);
        }

        return null;
    }

    private static UapiRequest Read(List<string> lines) => lines[0] switch
    {
        _ when lines.Count > MostLines => throw new UapiException(UapiErrno.Invalid, $"a request has more than {MostLines} lines"),
        "get=1" when lines.Count == 1 => new UapiRequest.Get(),
        "set=1" => new UapiRequest.Set(ReadSet(lines.Skip(1))),
        _ => throw new UapiException(UapiErrno.Protocol, "a request is get=1 alone, or begins with set=1"),
    };

    private static InterfaceChange ReadSet(IEnumerable<string> lines)
    {
        var change = new InterfaceChange();
        var peers = new List<PeerChange>();
        var networks = new List<AllowedIpChange>();
        foreach (var (key, value) in lines.Select(Split))
        {
            if (key == "public_key")
            {
                EndPeer(peers, networks);
                peers.Add(new PeerChange(new PublicKey(UapiKey.Read(key, value))));
            }
            else if (peers.Count == 0)
            {
                change = Apply(change, key, value);
            }
            else if (key == "allowed_ip")
            {
                networks.Add(Network(value));
            }
            else
            {
                peers[^1] = Apply(peers[^1], key, value);
            }
        }

        EndPeer(peers, networks);
        return change with { Peers = peers };
    }

    private static void EndPeer(List<PeerChange> peers, List<AllowedIpChange> networks)
    {
        if (networks.Count == 0) return;
        peers[^1] = peers[^1] with { AllowedIps = [.. networks] };
        networks.Clear();
    }

    private static InterfaceChange Apply(InterfaceChange change, string key, string value) => key switch
    {
        "private_key" => change with { PrivateKey = new SecretKey(UapiKey.Read(key, value)) },
        "listen_port" => change with { ListenPort = Short(key, value) },
        "fwmark" => change with { Mark = uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var mark) ? mark : throw UapiKey.Wrong(key) },
        "replace_peers" => change with { ReplacesPeers = IsTrue(key, value) },
        _ => throw Unknown(key),
    };

    private static PeerChange Apply(PeerChange peer, string key, string value) => key switch
    {
        "remove" => peer with { Removes = IsTrue(key, value) },
        "update_only" => peer with { UpdatesOnly = IsTrue(key, value) },
        "preshared_key" => peer with { PresharedKey = new SecretKey(UapiKey.Read(key, value)) },
        "endpoint" => peer with { Endpoint = InetEndpoint.TryParse(value, out var endpoint) && endpoint.Port > 0 ? endpoint : throw UapiKey.Wrong(key) },
        "persistent_keepalive_interval" => peer with { PersistentKeepalive = Short(key, value) },
        "replace_allowed_ips" => peer with { ReplacesAllowedIps = IsTrue(key, value) },
        "protocol_version" => value == "1" ? peer : throw UapiKey.Wrong(key),
        _ => throw Unknown(key),
    };

    private static AllowedIpChange Network(string value)
    {
        var removes = value.StartsWith('-');
        return InetPrefix.TryParse(removes ? value[1..] : value, out var network) ? new AllowedIpChange(network, removes) : throw UapiKey.Wrong("allowed_ip");
    }

    private static ushort Short(string key, string value) =>
        ushort.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw UapiKey.Wrong(key);

    private static bool IsTrue(string key, string value) => value == "true" ? true : throw UapiKey.Wrong(key);

    private static (string Key, string Value) Split(string line) => line.IndexOf('=') is > 0 and var equals
        ? (line[..equals], line[(equals + 1)..])
        : throw new UapiException(UapiErrno.Protocol, "a line is no key=value");

    // What is longer is cut: it means nothing either way, and somebody's endless line must not fill the memory.
    private static string? ReadLine(TextReader stream)
    {
        Span<char> line = stackalloc char[LongestLine];
        for (var length = 0; ; length++)
        {
            var next = stream.Read();
            if (next < 0) return null; // a line without its end is none
            if (next == '\n') return new string(line[..Math.Min(length, LongestLine)]);
            if (length < LongestLine) line[length] = (char)next;
        }
    }

    private static UapiException Unknown(string key) => new(UapiErrno.Protocol, $"there is no key '{key}' at this place");
}
