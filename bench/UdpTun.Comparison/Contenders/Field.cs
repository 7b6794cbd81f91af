namespace UdpTun.Comparison.Contenders;

/// <summary>All that are compared.</summary>
internal static class Field
{
    /// <summary>Those that the options ask for, in the order of the tables.</summary>
    /// <exception cref="ArgumentException">A name is none of ours.</exception>
    public static IReadOnlyList<Contender> Of(Options options)
    {
        Contender[] all =
        [
            new KernelForwarding(), new Vxlan(), new Relay(options.Tools), new WireGuardGo(),
            new WireGuardGo("wireguard-go-new", Path.Combine(options.Tools, "wireguard-go-new")), new OpenVpn(encrypts: true), new OpenVpn(encrypts: false),
            new Fastd(), new Socat(), new Ours(), new OursSecure(), new OursSecure(isWireGuards: true),
        ];
        if (options.Only.FirstOrDefault(name => all.All(contender => contender.Name != name)) is { } unknown)
            throw new ArgumentException($"there is no contender '{unknown}'; there are {string.Join(", ", all.Select(contender => contender.Name))}");
        return [.. all.Where(contender => options.Only.Count == 0 || options.Only.Contains(contender.Name))];
    }
}
