namespace UdpTun.Host.Reload;

/// <summary>A setting that came out otherwise than before.</summary>
/// <param name="Key">The full key.</param>
/// <param name="Before">What held, as HOCON writes it.</param>
/// <param name="Now">What is written now.</param>
/// <param name="Origin">Where that is.</param>
/// <param name="Why">Why it waits for a restart; null for one that is taken.</param>
internal sealed record SettingChange(string Key, string Before, string Now, string Origin, string? Why = null);
