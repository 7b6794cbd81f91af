// Stage: beside the line; asked about packets of new flows only. Thread: event loop. Memory: an entry a flow that waits.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using UdpTun.Actors.Messages;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;

namespace UdpTun.Actors.Routes;

/// <summary>
/// Batches on their way to the actor that opens sessions, counted by flow. A session may be open while packets of its flow still wait there:
/// what comes later has to wait behind them (<see cref="NatSession.HasNewcomers"/>), or a flow's packets would overtake each other. Whoever
/// tells that actor a batch counts it here, and the actor takes it off. There are no more entries than newcomers.
/// </summary>
internal sealed class WaitingFlows
{
    private readonly Dictionary<(PeerId Client, FlowKey Flow), int> _batches = [];

    public int Count => _batches.Count;

    public void Add(FlowBatch batch) => CollectionsMarshal.GetValueRefOrAddDefault(_batches, (batch.Peer, batch.Flow), out _)++;

    public void Remove(FlowBatch batch)
    {
        ref var waiting = ref CollectionsMarshal.GetValueRefOrNullRef(_batches, (batch.Peer, batch.Flow));
        if (Unsafe.IsNullRef(ref waiting)) return;
        if (--waiting == 0) _batches.Remove((batch.Peer, batch.Flow));
    }

    /// <summary>Whether packets of the session's flow still wait, in either direction: those from outside are no client's.</summary>
    public bool Has(NatSession session) =>
        _batches.Count > 0
        && (_batches.ContainsKey((session.Mapping.Client, session.OutboundFlow)) || _batches.ContainsKey((default, session.InboundFlow)));
}
