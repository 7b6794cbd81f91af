using UdpTun.Actors.Settings.Reading;

namespace UdpTun.Actors.Settings;

/// <summary>How long an idle session lives, by protocol and state; each 1s..7d.</summary>
/// <param name="Udp">RFC 4787 section 4.3: 5 minutes or more recommended, never below 2.</param>
/// <param name="Icmp">RFC 5508 section 3.2: 60 s or more.</param>
/// <param name="TcpOpening">RFC 5382 section 5: 4 minutes or more for connections not yet open.</param>
/// <param name="TcpEstablished">RFC 5382 section 5: 2 hours and 4 minutes or more.</param>
/// <param name="TcpClosing">RFC 5382 section 5: 4 minutes or more after the connection closed.</param>
public sealed record NatTimeoutSettings(TimeSpan Udp, TimeSpan Icmp, TimeSpan TcpOpening, TimeSpan TcpEstablished, TimeSpan TcpClosing)
{
    internal static NatTimeoutSettings Read(SettingsReader reader)
    {
        return new NatTimeoutSettings(Timeout("udp"), Timeout("icmp"), Timeout("tcp-opening"), Timeout("tcp-established"), Timeout("tcp-closing"));

        TimeSpan Timeout(string name) =>
            reader.Time($"udptun.nat.timeouts.{name}", TimeSpan.FromSeconds(1), TimeSpan.FromDays(7));
    }
}
