using System.Text;
using UdpTun.Net.Flows;

namespace UdpTun.Linux.HostSetup;

/// <summary>One prefix of the TUN and the device that its packets leave by.</summary>
internal sealed record InsideFamily(InetPrefix Inside, string Uplink)
{
    public bool IsV4 => Inside.Address.IsV4;

    /// <summary>What nft calls the family's header.</summary>
    public string Header => IsV4 ? "ip" : "ip6";
}

/// <summary>The nft table of each exit. One table for both families, named after the device, removed whole.</summary>
internal static class ExitRules
{
    /// <summary>Masquerades what the NAT lets out, and keeps the tunnel's packets away from the server's own services.</summary>
    public static CommandChange Masquerade(string device, IReadOnlyList<InsideFamily> families)
    {
        var rules = new StringBuilder();
        rules.AppendLine("chain input {");
        rules.AppendLine("  type filter hook input priority filter; policy accept;");
        // The gateway's echo replies come from our actors: nothing that the kernel itself would answer is let in.
        rules.AppendLine($"  iifname \"{device}\" counter drop");
        rules.AppendLine("}");
        rules.AppendLine("chain postrouting {");
        rules.AppendLine("  type nat hook postrouting priority srcnat; policy accept;");
        foreach (var family in families)
            rules.AppendLine($"  {family.Header} saddr {family.Inside.Network()} oifname \"{family.Uplink}\" counter masquerade");
        rules.AppendLine("}");
        return NftTable.Change(device, rules.ToString());
    }
}
