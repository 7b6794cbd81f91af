// Stage: a server of several shards, where a packet came in at another shard than its session's. Thread: any. Memory: nothing allocated.
namespace UdpTun.Net.Nat;

/// <summary>
/// Which shard gives out which outer ports and ICMP identifiers: each a row of them, the last also what is left over. So whoever sees a
/// packet from outside knows its shard by the destination port alone.
/// </summary>
public sealed class PortSlices
{
    private readonly PortRange _ports;
    private readonly PortRange? _lowPorts;

    /// <param name="ports">See <see cref="NatPolicy.Ports"/>.</param>
    /// <param name="lowPorts">See <see cref="NatPolicy.LowPorts"/>.</param>
    /// <param name="shards">1 or more, and no more than either range has ports.</param>
    public PortSlices(PortRange ports, PortRange? lowPorts, int shards)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(shards, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(shards, Math.Min(ports.Count, lowPorts?.Count ?? shards));
        (_ports, _lowPorts, Shards) = (ports, lowPorts, shards);
    }

    public int Shards { get; }

    /// <summary>What a shard, 0 or more, has of <see cref="NatPolicy.Ports"/>.</summary>
    public PortRange Of(int shard) => Slice(_ports, shard);

    /// <summary>What it has of <see cref="NatPolicy.LowPorts"/>.</summary>
    public PortRange? LowOf(int shard) => _lowPorts is { } low ? Slice(low, shard) : null;

    /// <summary>The shard that a port belongs to; false where no mapping can have it.</summary>
    public bool TryFindOwner(ushort port, out int shard)
    {
        shard = _ports.Contains(port) ? IndexIn(_ports, port) : _lowPorts is { } low && low.Contains(port) ? IndexIn(low, port) : -1;
        return shard >= 0;
    }

    private PortRange Slice(PortRange all, int shard)
    {
        var size = all.Count / Shards;
        var first = all.First + shard * size;
        return new PortRange((ushort)first, shard == Shards - 1 ? all.Last : (ushort)(first + size - 1));
    }

    private int IndexIn(PortRange all, ushort port) => Math.Min((port - all.First) / (all.Count / Shards), Shards - 1);
}
