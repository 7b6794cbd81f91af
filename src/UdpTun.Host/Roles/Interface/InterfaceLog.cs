namespace UdpTun.Host.Roles.Interface;

/// <summary>How much an interface logs: what wireguard-go's variable <c>LOG_LEVEL</c> says, errors alone where it says nothing.</summary>
internal static class InterfaceLog
{
    private static string? Asked => Environment.GetEnvironmentVariable("LOG_LEVEL");

    /// <summary>Whether somebody wants to see it.</summary>
    public static bool IsAskedFor => Asked is { Length: > 0 } and not "silent";

    /// <summary>In the words of <c>udptun.log.level</c>.</summary>
    public static string Level => Asked switch
    {
        "verbose" or "debug" => "debug",
        "info" or "warning" => Asked,
        _ => "error",
    };
}
