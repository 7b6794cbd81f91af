using Akka.Actor;
using UdpTun.Actors.EventLoop;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Buffers;
using UdpTun.Net.Io;

namespace UdpTun.Actors.WarmUp;

/// <summary>Answers every packet that leaves a rehearsal's server by the same packet the other way.</summary>
internal sealed class RehearsalInternet : HandlerActor
{
    private readonly IEventLoop _loop;
    private readonly ITunDevice _device;
    private readonly PacketPool _pool = new(1);

    /// <param name="loop">The rehearsal's.</param>
    /// <param name="device">Leads into the server's TUN.</param>
    public RehearsalInternet(IEventLoop loop, ITunDevice device)
    {
        (_loop, _device) = (loop, device);
        Receive<ReadReady>(_ => OnPackets());
    }

    public static Props Props(IEventLoop loop, ITunDevice device) =>
        PropsOf(() => new RehearsalInternet(loop, device)).WithDispatcher(Shard.LoopDispatcher);

    protected override void PreStart() => _loop.WatchReads(_device, Self);

    protected override void PostStop() => _loop.Forget(_device);

    private void OnPackets()
    {
        if (!_pool.TryLease(out var burst)) return;
        _device.Read(burst);
        for (var i = 0; i < burst.Count; i++) RehearsalPackets.TurnRound(burst.Packet(i));
        if (burst.Count > 0)
        {
            var batch = burst.Share(0, burst.Count);
            _device.Write([batch], 0);
            batch.Release();
        }

        burst.Release();
    }
}
