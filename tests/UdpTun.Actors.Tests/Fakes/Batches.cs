using UdpTun.Actors.Messages;
using UdpTun.Net.Buffers;
using UdpTun.Net.Flows;
using UdpTun.Net.Peers;
using UdpTun.Testing.Packets;

namespace UdpTun.Actors.Tests.Fakes;

/// <summary>Leased batches as a reader would have made them.</summary>
internal static class Batches
{
    public static FlowBatch Of(PacketPool pool, Direction direction, params byte[][] packets) =>
        Of(pool, direction, default, default, packets);

    public static FlowBatch Of(PacketPool pool, Direction direction, FlowKey flow, PeerId peer, params byte[][] packets)
    {
        var burst = pool.LeaseWith(packets);
        var batch = new FlowBatch(burst.Share(0, burst.Count), flow, peer, direction);
        burst.Release();
        return batch;
    }
}
