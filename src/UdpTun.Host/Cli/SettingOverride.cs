namespace UdpTun.Host.Cli;

/// <summary>A setting given on the command line.</summary>
/// <param name="Option">The option it came by, such as <c>--listen</c>.</param>
/// <param name="Key">The full key.</param>
/// <param name="Value">As typed; lists separated by commas.</param>
internal sealed record SettingOverride(string Option, string Key, string Value);
