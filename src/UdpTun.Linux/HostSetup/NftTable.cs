namespace UdpTun.Linux.HostSetup;

/// <summary>The nft table of one device: made in one transaction, removed whole.</summary>
internal static class NftTable
{
    /// <summary>
    /// The change that makes the table. One that is there already is replaced: adding it first makes the deletion succeed either
    /// way (nft 1.0.6 has no "destroy").
    /// </summary>
    public static CommandChange Change(string device, string chains)
    {
        var name = DeviceName.ToNftName(device);
        var script = $"add table inet {name}\ndelete table inet {name}\ntable inet {name} {{\n{chains}}}\n";
        return new CommandChange(["nft", "-f", "-"], ["nft", "delete", "table", "inet", name], script);
    }
}
