using UdpTun.Actors.Settings.Reading;
using UdpTun.Net.Headers;

namespace UdpTun.Actors.Settings;

/// <param name="Name">Interface name, or empty: the role's own (servertun, clienttun, dumptun, echotun).</param>
/// <param name="Mtu">Largest IP packet without segmentation offload, 1280..9000 bytes, or null: what suits the path.</param>
/// <param name="QueueLength">Packets the kernel queues towards us, 16..65536.</param>
/// <param name="Offload">Whether the kernel is asked for super-packets.</param>
public sealed record TunSettings(string Name, int? Mtu, int QueueLength, bool Offload)
{
    internal static TunSettings Read(SettingsReader reader) => new(
        reader.Parsed("udptun.tun.name", $"empty or {InterfaceName.Expected}", Optional),
        reader.CountOr("auto", "udptun.tun.mtu", TunnelMtu.Least, TunnelMtu.Most, "bytes"),
        reader.Count("udptun.tun.queue-length", 16, 65536, "packets"),
        reader.Switch("udptun.tun.offload"));

    private static string? Optional(string text) => text.Length == 0 ? text : InterfaceName.Parse(text);
}
