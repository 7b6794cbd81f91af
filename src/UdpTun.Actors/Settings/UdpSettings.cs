using UdpTun.Actors.Settings.Reading;

namespace UdpTun.Actors.Settings;

/// <param name="ReceiveBuffer">SO_RCVBUF(FORCE) in bytes, 64KiB..1GiB.</param>
/// <param name="SendBuffer">SO_SNDBUF(FORCE) in bytes, 64KiB..1GiB.</param>
/// <param name="Dscp">The DS code point of every datagram, 0..63, or null: that of the packet inside.</param>
/// <param name="Offload">Whether the kernel is asked to join and to cut datagrams.</param>
public sealed record UdpSettings(int ReceiveBuffer, int SendBuffer, int? Dscp, bool Offload)
{
    private const int Least = 64 << 10;
    private const int Most = 1 << 30;

    internal static UdpSettings Read(SettingsReader reader) => new(
        reader.Size("udptun.udp.receive-buffer", Least, Most),
        reader.Size("udptun.udp.send-buffer", Least, Most),
        reader.CountOr("copy", "udptun.udp.dscp", 0, 63, "the DS code point"),
        reader.Switch("udptun.udp.offload"));
}
