using Akka.Configuration;
using UdpTun.Actors.Settings.Reading;

namespace UdpTun.Actors.Settings;

/// <summary>All of <c>udptun { }</c>, read and checked once at the start. Each part tells its ranges, reference.conf the reasons.</summary>
/// <param name="Transport">What a datagram is.</param>
/// <param name="StateDirectory">Absolute path of the journal of changes to the host and of saved sessions.</param>
/// <param name="Shards">Event loops of a server, 1..16, or null: what suits the host; see <see cref="ShardCount"/>.</param>
/// <param name="Tun">The TUN end of the line.</param>
/// <param name="Udp">The UDP end of the line.</param>
/// <param name="Line">The bound on what is under way between the ends.</param>
/// <param name="Server">Used by the role server alone.</param>
/// <param name="SecureFiles">Where the secure transport's keys and peers are.</param>
/// <param name="Client">Used by the role client alone.</param>
/// <param name="Nat">Used by the role server alone.</param>
/// <param name="Reopen">How a lost end is opened again.</param>
/// <param name="Log">What is logged, and where to.</param>
/// <param name="Journal">Who had which outer endpoint; kept by the role server alone.</param>
/// <param name="Metrics">Who may see what the tunnel counts.</param>
/// <param name="Page">The live page.</param>
public sealed record TunnelSettings(
    TransportKind Transport,
    string StateDirectory,
    int? Shards,
    TunSettings Tun,
    UdpSettings Udp,
    LineSettings Line,
    ServerSettings Server,
    SecureFileSettings SecureFiles,
    ClientSettings Client,
    NatSettings Nat,
    ReopenSettings Reopen,
    LogSettings Log,
    JournalSettings Journal,
    MetricsSettings Metrics,
    PageSettings Page)
{
    /// <summary>Reads every key; nothing has a default here, so <paramref name="config"/> must stand on reference.conf.</summary>
    /// <exception cref="SettingsException">A key is missing, of the wrong type or unit, out of range, or at odds with another.</exception>
    public static TunnelSettings Read(Config config) => Read(new SettingsReader(config));

    /// <inheritdoc cref="Read(Config)"/>
    public static TunnelSettings Read(SettingsReader reader)
    {
        var settings = new TunnelSettings(
            reader.Choice<TransportKind>("udptun.transport"),
            reader.Parsed("udptun.state-directory", "an absolute path", text => Path.IsPathRooted(text) ? text : null),
            reader.CountOr("auto", ShardCount.Key, 1, ShardCount.Most, "event loops"),
            TunSettings.Read(reader),
            UdpSettings.Read(reader),
            LineSettings.Read(reader),
            ServerSettings.Read(reader),
            SecureFileSettings.Read(reader),
            ClientSettings.Read(reader),
            NatSettings.Read(reader),
            ReopenSettings.Read(reader),
            LogSettings.Read(reader),
            JournalSettings.Read(reader),
            MetricsSettings.Read(reader),
            PageSettings.Read(reader));
        CrossChecks.Apply(settings);
        return settings;
    }
}
