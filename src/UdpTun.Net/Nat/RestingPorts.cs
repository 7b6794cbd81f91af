// Stage: the opening and the end of a mapping; never per packet. Thread: the loop. Memory: one node for each port at rest.

namespace UdpTun.Net.Nat;

/// <summary>
/// Ports that nobody has and nobody else may have yet, so that what still comes for the last owner does not reach the next (RFC 6888
/// section 4, REQ-8). The last owner itself gets its port back at once: for the far side nothing has changed then.
/// </summary>
internal sealed class RestingPorts(TimeSpan rest)
{
    private readonly LinkedList<Resting> _byEnd = [];
    private readonly Dictionary<PortOwner, LinkedListNode<Resting>> _byOwner = [];
    private TimeSpan _rest = rest;

    /// <summary>Whether ports rest at all.</summary>
    public bool IsOn => _rest > TimeSpan.Zero;

    public int Count => _byEnd.Count;

    /// <summary>In the order of their ends. No owner: the last one is gone or has another port by now.</summary>
    public IEnumerable<(int Index, PortOwner Owner, bool IsOwned, TimeSpan End)> All =>
        _byEnd.Select(port => (port.Index, port.Owner, IsOwned: _byOwner.TryGetValue(port.Owner, out var node) && node.Value == port, port.End));

    public void Add(int index, PortOwner owner, TimeSpan now) => _byOwner[owner] = _byEnd.AddLast(new Resting(index, owner, now + _rest));

    /// <summary>Lets ports rest so long from now on; none that rests already does so for longer.</summary>
    public void Use(TimeSpan rest, TimeSpan now)
    {
        _rest = rest;
        for (var node = _byEnd.First; node is not null; node = node.Next)
            if (node.Value.End > now + rest) node.ValueRef = node.Value with { End = now + rest };
    }

    /// <summary>Lets a port rest that was at rest in an earlier table, for no longer than those that come to rest now.</summary>
    /// <param name="index">The port.</param>
    /// <param name="owner">Who may have it back.</param>
    /// <param name="isOwned">False: nobody may.</param>
    /// <param name="end">When it is free; not before that of a port added before.</param>
    /// <param name="now">The time on the table's clock.</param>
    public void AddAgain(int index, PortOwner owner, bool isOwned, TimeSpan end, TimeSpan now)
    {
        var node = _byEnd.AddLast(new Resting(index, owner, end < now + _rest ? end : now + _rest));
        if (isOwned) _byOwner[owner] = node;
    }

    public bool TryTakeBack(PortOwner owner, out int index)
    {
        index = 0;
        if (!_byOwner.Remove(owner, out var node)) return false;
        index = node.Value.Index;
        _byEnd.Remove(node);
        return true;
    }

    /// <summary>Takes a port whose rest is not over, whoever had it; false when it does not rest.</summary>
    public bool TryTake(int index)
    {
        for (var node = _byEnd.First; node is not null; node = node.Next)
        {
            if (node.Value.Index != index) continue;
            Remove(node);
            return true;
        }

        return false;
    }

    /// <summary>Leaves the port of a last owner that has another by now to nobody, until it has rested.</summary>
    public void Disown(PortOwner owner) => _byOwner.Remove(owner);

    /// <summary>The next port that has rested long enough; it is then forgotten here.</summary>
    public bool TryWake(TimeSpan now, out int index)
    {
        index = 0;
        if (_byEnd.First is not { } first || first.Value.End > now) return false;
        Remove(first);
        index = first.Value.Index;
        return true;
    }

    private void Remove(LinkedListNode<Resting> node)
    {
        _byEnd.Remove(node);
        if (_byOwner.TryGetValue(node.Value.Owner, out var last) && last == node) _byOwner.Remove(node.Value.Owner);
    }

    private readonly record struct Resting(int Index, PortOwner Owner, TimeSpan End);
}
