namespace UdpTun.Host.Configuration;

/// <summary>One setting under <c>udptun</c>, as it came out.</summary>
/// <param name="Key">The full key.</param>
/// <param name="Value">As HOCON writes it: texts in quotes, lists in brackets.</param>
/// <param name="Origin">Where it was written, such as <c>server.conf:12</c>.</param>
/// <param name="IsDefault">Whether that is reference.conf.</param>
internal sealed record SettingValue(string Key, string Value, string Origin, bool IsDefault);
