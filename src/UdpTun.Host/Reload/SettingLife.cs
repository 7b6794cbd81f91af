using UdpTun.Host.Cli;

namespace UdpTun.Host.Reload;

/// <summary>
/// The one place that says which settings a running udptun takes and which wait for its next start, and why. reference.conf marks those that
/// are live; a test compares the two.
/// </summary>
internal static class SettingLife
{
    private const string Device = "the TUN is made with it";
    private const string Socket = "the socket is opened with it";
    private const string HostRules = "the host's addresses, routes and rules are made of it";
    private const string Numbering = "ports are shared out from the beginning";
    private const string Dispatcher = "the actors run on it";
    private const string Endpoint = "the endpoint is opened with it";
    private const string Files = "the files are opened with it";

    // Null: live. A key that ends in '.' stands for all keys below it.
    private static readonly Dictionary<string, string?> Why = new(StringComparer.Ordinal)
    {
        ["udptun.transport"] = "the line is made for it",
        ["udptun.state-directory"] = "the instance is known by it",
        ["udptun.shards"] = "each is a line with devices of its own",
        ["udptun.tun.name"] = "the instance is known by it",
        ["udptun.tun.mtu"] = Device,
        ["udptun.tun.queue-length"] = Device,
        ["udptun.tun.offload"] = Device,
        ["udptun.udp.receive-buffer"] = Socket,
        ["udptun.udp.send-buffer"] = Socket,
        ["udptun.udp.dscp"] = null,
        ["udptun.udp.offload"] = Socket,
        ["udptun.line.max-bursts"] = "the buffers are bounded by it",
        ["udptun.line.warm-up"] = "it is over",
        ["udptun.server.listen"] = Socket,
        ["udptun.server.exit"] = HostRules,
        ["udptun.server.routed-addresses"] = HostRules,
        ["udptun.server.uplink"] = HostRules,
        ["udptun.server.external-address"] = HostRules,
        ["udptun.server.external-address6"] = HostRules,
        ["udptun.server.address"] = HostRules,
        ["udptun.server.address6"] = HostRules,
        ["udptun.server.inner-routes"] = HostRules,
        ["udptun.server.allowed-clients"] = null,
        ["udptun.server.allowed-destinations"] = null,
        ["udptun.server.max-clients"] = null,
        ["udptun.server.client-idle-timeout"] = null,
        ["udptun.secure.private-key-file"] = "peers know us by the key in it",
        ["udptun.secure.peers-directory"] = "what is used of the quotas is kept there",
        ["udptun.secure.cipher"] = "what a session has was agreed on when it began",
        ["udptun.secure.times."] = "both ends of a session went by them when it began",
        ["udptun.secure.new-peer."] = null,
        ["udptun.secure.peer."] = null,
        ["udptun.client.server"] = null,
        ["udptun.client.address"] = HostRules,
        ["udptun.client.address6"] = HostRules,
        ["udptun.client.routes"] = HostRules,
        ["udptun.nat.address"] = HostRules,
        ["udptun.nat.address6"] = HostRules,
        ["udptun.nat.ports"] = Numbering,
        ["udptun.nat.port-classes"] = Numbering,
        ["udptun.nat.port-selection"] = null,
        ["udptun.nat.port-parity"] = null,
        ["udptun.nat.port-rest"] = null,
        ["udptun.nat.filtering.udp"] = null,
        ["udptun.nat.filtering.tcp"] = null,
        ["udptun.nat.untranslated-destinations"] = null,
        ["udptun.nat.max-mappings-per-client"] = null,
        ["udptun.nat.max-sessions-per-client"] = null,
        ["udptun.nat.max-percent-from-outside"] = null,
        ["udptun.nat.static-mappings"] = null,
        ["udptun.nat.nat-pmp"] = null,
        ["udptun.nat.nat-pmp-max-lifetime"] = null,
        ["udptun.nat.sweep-interval"] = null,
        ["udptun.nat.inbound-refresh"] = null,
        ["udptun.nat.timeouts."] = null,
        ["udptun.reopen."] = null,
        ["udptun.log.level"] = null,
        ["udptun.log.file"] = Files,
        ["udptun.log.max-file-size"] = Files,
        ["udptun.log.max-files"] = Files,
        ["udptun.log.summary-interval"] = null,
        ["udptun.journal.directory"] = Files,
        ["udptun.journal.destinations"] = null,
        ["udptun.journal.max-file-size"] = Files,
        ["udptun.journal.max-files"] = Files,
        ["udptun.metrics.listen"] = Endpoint,
        ["udptun.metrics.otlp-endpoint"] = Endpoint,
        ["udptun.metrics.otlp-interval"] = Endpoint,
        ["udptun.page."] = Endpoint,
        ["udptun.loop-dispatcher."] = Dispatcher,
        ["udptun.loop-last-dispatcher."] = Dispatcher,
        ["akka."] = "the actor system is made of it",
    };

    /// <summary>Keys, and sections that end in '.', of the table.</summary>
    public static IReadOnlyCollection<string> Entries => Why.Keys;

    public static bool IsLive(string key) => WhyItWaits(key) is null;

    /// <summary>Why a setting waits for the next start; null: it is live.</summary>
    /// <exception cref="KeyNotFoundException">The table has no answer, which is a bug.</exception>
    public static string? WhyItWaits(string key)
    {
        if (Why.TryGetValue(key, out var why)) return why;
        for (var dot = key.LastIndexOf('.'); dot > 0; dot = key.LastIndexOf('.', dot - 1))
            if (Why.TryGetValue(key[..(dot + 1)], out why)) return why;
        throw new KeyNotFoundException($"{key}: nobody has said whether a running udptun takes it");
    }

    /// <summary>Whether a role looks at a setting at all.</summary>
    public static bool Concerns(string key, Role role) => role switch
    {
        _ when key.IsIn("udptun.server.") || key.IsIn("udptun.nat.") || key.IsIn("udptun.journal.") || key == "udptun.shards" => role == Role.Server,
        _ when key.IsIn("udptun.client.") => role != Role.Server,
        _ when key.IsIn("udptun.secure.new-peer.") => false, // the verb reads it when it is run
        _ when key.IsIn("udptun.secure.") || key.IsIn("udptun.udp.") || key == "udptun.transport" => role is Role.Server or Role.Client,
        _ => true,
    };

    private static bool IsIn(this string key, string section) => key.StartsWith(section, StringComparison.Ordinal);
}
