using UdpTun.Actors.Settings.Reading;
using UdpTun.Net.Admission;
using UdpTun.Net.Flows;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Actors.Settings;

/// <summary>One peer of the secure transport, all keys read. Two are the same peer when their public keys are equal.</summary>
/// <param name="Name">What logs and status call it.</param>
/// <param name="PublicKey">Who it is.</param>
/// <param name="PresharedKey">Shared with it alone, or null.</param>
/// <param name="AllowedIps">The inner addresses that are its own: only from them may it send, and what goes to them goes to it.</param>
/// <param name="Endpoints">Where it may be found, tried in order; empty where the peer is the one who calls.</param>
/// <param name="PersistentKeepalive">The longest silence towards it, 1s..65535s, or null: as silent as it gets.</param>
public sealed record PeerSettings(
    string Name,
    PublicKey PublicKey,
    SecretKey? PresharedKey,
    IReadOnlyList<InetPrefix> AllowedIps,
    IReadOnlyList<ServerEndpoint> Endpoints,
    TimeSpan? PersistentKeepalive)
{
    /// <summary>What the peer may take of what all share.</summary>
    public PeerLimits Limits { get; init; } = PeerLimits.None;

    /// <summary>The section that a peer's file continues.</summary>
    public const string Section = "udptun.secure.peer";

    /// <summary>The keys that are one peer's own and no defaults, by their full names.</summary>
    public static IReadOnlySet<string> OwnKeys { get; } =
        new[] { "public-key", "preshared-key", "allowed-ips", "endpoints" }.Select(key => $"{Section}.{key}").ToHashSet();

    /// <summary>What a client, whose server is its only peer, sends to it: everything.</summary>
    public static IReadOnlyList<InetPrefix> Everything { get; } = [InetPrefix.Parse("0.0.0.0/0"), InetPrefix.Parse("::/0")];

    /// <summary>Whether the other means the same: a record compares its lists by where they lie.</summary>
    public bool Says(PeerSettings other) =>
        this with { AllowedIps = other.AllowedIps, Endpoints = other.Endpoints, PresharedKey = other.PresharedKey, Limits = other.Limits } == other
        && AllowedIps.SequenceEqual(other.AllowedIps) && Endpoints.SequenceEqual(other.Endpoints) && Limits.Says(other.Limits)
        && SecretKey.AreSame(PresharedKey, other.PresharedKey);

    /// <summary>What the peer's file says over the defaults; null where the section names no peer, as in reference.conf.</summary>
    /// <exception cref="SettingsException">A value is not what its key takes. No message shows a secret.</exception>
    public static PeerSettings? Read(SettingsReader reader, string name)
    {
        var presharedKey = ReadPresharedKey(reader, $"{Section}.preshared-key");
        var allowedIps = reader.Prefixes($"{Section}.allowed-ips");
        var endpoints = reader.ParsedList($"{Section}.endpoints", ServerEndpoint.Expected, ServerEndpoint.Parse);
        var keepalive = reader.TimeOr(
            "off", $"{Section}.persistent-keepalive", TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(ushort.MaxValue));
        var limits = ReadLimits(reader);
        return ReadPublicKey(reader, $"{Section}.public-key") is { } publicKey
            ? new PeerSettings(name, publicKey, presharedKey, allowedIps, endpoints, keepalive) { Limits = limits }
            : null;
    }

    private static PeerLimits ReadLimits(SettingsReader reader) => new()
    {
        NewFlowsPerSecond = reader.CountOr("none", $"{Section}.max-new-flows", 1, 100_000, "flows a second"),
        MaxSessions = reader.CountOr("none", $"{Section}.max-sessions", 1, 1_000_000, "sessions"),
        BytesPerSecond = reader.SizeOr("none", $"{Section}.max-rate", 10_000, 1000L << 30),
        Quota = reader.SizeOr("none", $"{Section}.quota", 1_000_000, 1_000_000L << 30),
        AllowedDestinations = reader.Prefixes($"{Section}.allowed-destinations"),
        DeniedDestinations = reader.Prefixes($"{Section}.denied-destinations"),
    };

    private static PublicKey? ReadPublicKey(SettingsReader reader, string key)
    {
        const string Expected = "a public key in base64, 44 characters";
        return reader.Text(key, Expected).Length == 0
            ? null
            : reader.Parsed<PublicKey>(key, Expected, text => PublicKey.TryParse(text, out var read) ? read : null);
    }

    private static SecretKey? ReadPresharedKey(SettingsReader reader, string key)
    {
        const string Expected = "empty or a preshared key in base64, 44 characters";
        var text = reader.Text(key, Expected);
        if (text.Length == 0) return null;
        return SecretKey.TryParse(text, out var read) ? read : throw new SettingsException(key, $"{key} must be {Expected}");
    }
}
