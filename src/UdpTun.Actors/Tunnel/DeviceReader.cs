// Stage: the first behind a device. Thread: event loop. Memory: leases a burst, lends it to the route, releases its own hold.
using Akka.Actor;
using UdpTun.Actors.Routes;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Io;

namespace UdpTun.Actors.Tunnel;

/// <summary>
/// The reading half of a device, as the TUN's reader and the UDP endpoint both need it: one burst a turn, so that a busy device
/// takes turns with the other; silent while any writer downstream asks it to pause.
/// </summary>
/// <param name="line">The line's loop, pool and counters.</param>
/// <param name="self">The actor that owns this half.</param>
/// <param name="received">Counts what came in.</param>
internal sealed class DeviceReader(LineContext line, IActorRef self, TrafficCounters received)
{
    private readonly HashSet<IActorRef> _fullWriters = [];
    private IPollSource? _source;
    private DeviceRead _read = null!;
    private IBurstRoute? _route;

    /// <summary>Starts reading a device.</summary>
    public void Open(IPollSource source, DeviceRead read, IBurstRoute route)
    {
        (_source, _read, _route) = (source, read, route);
        if (_fullWriters.Count == 0) line.Loop.WatchReads(source, self);
    }

    /// <summary>Stops reading; the device is no longer watched and may be disposed.</summary>
    public void Close()
    {
        if (_source is not null) line.Loop.Forget(_source);
        _source = null;
    }

    /// <summary>Reads and delivers one burst; returns a status other than Ok only when the device is down or lost.</summary>
    public IoStatus ReadBurst()
    {
        // With no lease to be had the packets stay in the kernel's queue and the next poll asks again.
        if (_source is null || !line.Pool.TryLease(out var burst)) return IoStatus.Ok;
        try
        {
            var result = _read(burst);
            if (result.Refused > 0) line.Drops.Add(DropReason.Oversized, result.Refused);
            var (packets, bytes) = burst.WeightOf(0, burst.Count);
            received.Add(packets, bytes);
            if (burst.Count > 0) _route!.Deliver(burst, self);
            return result.Status is IoStatus.WouldBlock ? IoStatus.Ok : result.Status;
        }
        finally
        {
            burst.Release();
        }
    }

    /// <summary>Opens datagrams that another shard received, delivers what was in them, and releases them.</summary>
    public void Deliver(PacketBurst datagrams, Action<PacketBurst> open)
    {
        try
        {
            open(datagrams);
        }
        catch
        {
            datagrams.Release();
            throw;
        }

        // Where they were received they were taken out of the burst before it was counted.
        var (packets, bytes) = datagrams.WeightOf(0, datagrams.Count);
        received.Add(packets, bytes);
        Deliver(datagrams);
    }

    /// <summary>Delivers a burst that another shard read, and releases it.</summary>
    public void Deliver(PacketBurst burst)
    {
        try
        {
            if (_route is not null) _route.Deliver(burst, self);
            else line.Drops.Add(DropReason.DeviceDown, burst.WeightOf(0, burst.Count).Packets);
        }
        finally
        {
            burst.Release();
        }
    }

    public void Pause(IActorRef writer)
    {
        if (_fullWriters.Add(writer) && _source is not null) line.Loop.PauseReads(_source);
    }

    public void Resume(IActorRef writer)
    {
        if (_fullWriters.Remove(writer) && _fullWriters.Count == 0 && _source is not null) line.Loop.WatchReads(_source, self);
    }
}

/// <summary>The read of <see cref="ITunDevice"/>, or the receive and opening of datagrams of <see cref="IUdpSocket"/>.</summary>
internal delegate IoResult DeviceRead(PacketBurst burst);
