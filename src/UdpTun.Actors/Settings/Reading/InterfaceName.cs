namespace UdpTun.Actors.Settings.Reading;

/// <summary>What a network interface may be called, and what it may not be called because it is a verb of udptun.</summary>
public static class InterfaceName
{
    internal const string Expected = "an interface name of 1 to 15 characters without '/', ':', '%' or spaces that is no verb of udptun";

    // dev_valid_name() and IFNAMSIZ of the kernel (net/core/dev.c): 16 bytes with the terminating zero.
    private const int MaxLength = 15;

    /// <summary>The verbs of udptun, now and to come: <c>udptun status</c> must never mean an interface called status.</summary>
    public static IReadOnlySet<string> ReservedVerbs { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "client", "cleanup", "completion", "config", "doctor", "dump", "echo", "flow", "flows", "genpsk", "help", "journal",
        "keygen", "page", "peer", "peers", "ping", "pubkey", "server", "session", "sessions", "status", "tap", "top", "version",
    };

    /// <summary>The name itself, or null when the kernel or we would not take it.</summary>
    public static string? Parse(string text) => IsValid(text) && !ReservedVerbs.Contains(text) ? text : null;

    // '%' makes the kernel number the name (tun%d), which the state files could not follow.
    private static bool IsValid(string text) =>
        text.Length is > 0 and <= MaxLength && text is not ("." or "..") &&
        text.All(c => char.IsAscii(c) && !char.IsWhiteSpace(c) && !char.IsControl(c) && c is not ('/' or ':' or '%'));
}
