using System.Text;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;

namespace UdpTun.Linux.HostSetup;

/// <summary>One prefix of the TUN and the device that its packets leave by.</summary>
internal sealed record InsideFamily(InetPrefix Inside, string Uplink)
{
    public bool IsV4 => Inside.Address.IsV4;

    /// <summary>What nft calls the family's header.</summary>
    public string Header => IsV4 ? "ip" : "ip6";
}

/// <summary>The nft table of each exit. One table for both families, named after the device, removed whole.</summary>
/// <param name="device">The TUN.</param>
/// <param name="families">What leaves by which uplink.</param>
internal sealed class ExitRules(string device, IReadOnlyList<InsideFamily> families)
{
    public bool HasV6 => families.Any(family => !family.IsV4);

    /// <summary>Masquerades what the NAT lets out, and keeps the tunnel's packets away from the server's own services.</summary>
    /// <param name="ports">Where these are given, what arrives at them goes to the NAT, which alone decides about it.</param>
    /// <param name="timeouts">Where these are given, the kernel keeps our flows at least so long.</param>
    public CommandChange Table(NatPorts? ports, NatTimeouts? timeouts)
    {
        var rules = new StringBuilder();
        rules.AppendLine("chain input {");
        rules.AppendLine("  type filter hook input priority filter; policy accept;");
        // The gateway's echo replies come from our actors: nothing that the kernel itself would answer is let in.
        rules.AppendLine($"  iifname \"{device}\" counter drop");
        rules.AppendLine("}");
        if (timeouts is not null) rules.Append(KernelTimers.Rules(device, families, timeouts));
        if (ports is not null) rules.Append(Arriving(ports));
        rules.AppendLine("chain postrouting {");
        rules.AppendLine("  type nat hook postrouting priority srcnat; policy accept;");
        // Without a range of its own: the port is kept while it is free, and a taken one is not replaced by another mapping's (ADR 0005).
        foreach (var family in families)
            rules.AppendLine($"  {family.Header} saddr {family.Inside.Network()} oifname \"{family.Uplink}\" counter masquerade");
        rules.AppendLine("}");
        return NftTable.Change(device, rules.ToString());
    }

    /// <summary>The script that gives flows other timers from now on; see <see cref="KernelTimers.Renewal"/>.</summary>
    public string Renewal(NatTimeouts timeouts, int generation) =>
        KernelTimers.Renewal(DeviceName.ToNftName(device), device, families, timeouts, generation);

    /// <summary>"fib daddr type local": whatever address the uplink has at that moment, and nothing that is only passing through.</summary>
    private string Arriving(NatPorts ports)
    {
        var rules = new StringBuilder();
        rules.AppendLine("chain prerouting {");
        rules.AppendLine("  type nat hook prerouting priority dstnat; policy accept;");
        foreach (var (family, address) in families.SelectMany(family => ports.Addresses.Select(address => (family, address))))
        {
            if (address.IsV4 != family.IsV4) continue;
            // What is sent to a link-local address is no business of any other link (RFC 4291 section 2.5.6).
            var scope = family.IsV4 ? "meta nfproto ipv4" : "ip6 daddr != fe80::/10";
            rules.AppendLine($"  iifname \"{family.Uplink}\" {scope} fib daddr type local meta l4proto {{ udp, tcp }} th dport {ports.Ports} "
                + $"counter dnat {family.Header} to {address}");
        }

        rules.AppendLine("}");
        return rules.ToString();
    }
}
