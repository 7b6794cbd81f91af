namespace UdpTun.Host.Cli;

/// <summary>A command line, understood.</summary>
/// <param name="Role">What to run.</param>
/// <param name="ConfigFiles">Configuration files, the later the stronger.</param>
/// <param name="Overrides">Settings given on the command line, the later the stronger.</param>
/// <param name="Hex">Role dump: print the bytes too.</param>
internal sealed record RunOptions(Role Role, IReadOnlyList<string> ConfigFiles, IReadOnlyList<SettingOverride> Overrides, bool Hex);
