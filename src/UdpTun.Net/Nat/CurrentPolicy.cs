namespace UdpTun.Net.Nat;

/// <summary>
/// The policy that a table and all its sessions go by at present. Replaced whole, on the loop; whoever reads it elsewhere sees the one or the
/// other.
/// </summary>
internal sealed class CurrentPolicy(NatPolicy policy)
{
    public NatPolicy Value { get; set; } = policy;
}
