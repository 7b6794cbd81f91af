namespace UdpTun.Conformance.Table;

/// <summary>The server's ways out that a requirement is tried under.</summary>
internal enum Exit
{
    /// <summary>No way out: unit tests in virtual time.</summary>
    None,
    Masquerade,
    PortRange,
    Routed,
}

internal static class ExitNames
{
    /// <summary>The name as in <c>udptun.server.exit</c>.</summary>
    internal static string Name(this Exit exit) => exit switch
    {
        Exit.None => "none",
        Exit.Masquerade => "masquerade",
        Exit.PortRange => "port-range",
        _ => "routed",
    };

    /// <exception cref="ArgumentException">No exit has the name.</exception>
    internal static Exit Parse(string name) =>
        Enum.GetValues<Exit>().Where(exit => exit.Name() == name).Select(exit => (Exit?)exit).SingleOrDefault()
        ?? throw new ArgumentException($"'{name}' is no exit: {string.Join(", ", Enum.GetValues<Exit>().Select(Name))}");
}
