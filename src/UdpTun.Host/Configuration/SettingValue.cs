using UdpTun.Host.Reload;

namespace UdpTun.Host.Configuration;

/// <summary>One setting under <c>udptun</c>, as it came out.</summary>
/// <param name="Key">The full key.</param>
/// <param name="Value">As HOCON writes it: texts in quotes, lists in brackets.</param>
/// <param name="Origin">Where it was written, such as <c>server.conf:12</c>.</param>
/// <param name="IsDefault">Whether that is reference.conf.</param>
internal sealed record SettingValue(string Key, string Value, string Origin, bool IsDefault)
{
    /// <summary>Whether a running udptun takes it at a reload.</summary>
    public bool IsLive => SettingLife.IsLive(Key);

    // A key may stand in a file that only root reads, and this goes to wherever the output goes.
    internal static SettingValue Of(ConfigEntry entry) => new(
        entry.Key, IsSecret(entry) ? "(not shown)" : entry.Value.ToHocon(), entry.Origin,
        entry.Origin.StartsWith(HoconLoader.ReferenceOrigin, StringComparison.Ordinal));

    private static bool IsSecret(ConfigEntry entry) =>
        entry.Path[^1] is "private-key" or "preshared-key" && entry.Value is not ConfigValue.Text { Value.Length: 0 };
}
