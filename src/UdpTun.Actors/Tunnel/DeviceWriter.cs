// Stage: the last before a device. Thread: event loop. Memory: owns the queue's batches until the device has dealt with them.
using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Io;

namespace UdpTun.Actors.Tunnel;

/// <summary>
/// The writing half of a device, as the TUN's writer and the UDP endpoint both need it: gathers a round's batches, writes them
/// at once, and when the kernel has no room keeps the rest and pauses the readers that feed it, until the poller reports room.
/// </summary>
/// <param name="line">The line's loop and counters.</param>
/// <param name="self">The actor that owns this half.</param>
/// <param name="sent">Counts what went out.</param>
internal sealed class DeviceWriter(LineContext line, IActorRef self, TrafficCounters sent)
{
    /// <summary>Batches that may gather: one burst of single-packet flows from each of two readers.</summary>
    public const int Capacity = 2 * PacketBurst.MaxPackets;

    private readonly OutputQueue _queue = new(Capacity);
    private readonly HashSet<IActorRef> _feeders = new(ReferenceEqualityComparer.Instance); // by value each batch would have a path hashed
    private bool _flushQueued;
    private bool _full;

    /// <summary>Writes the queue to the device; set by the owner when it has one, null while it has none.</summary>
    public DeviceWrite? Device { get; set; }

    /// <summary>Takes a batch that <paramref name="feeder"/>'s reading led to.</summary>
    public void Add(PacketBatch batch, IActorRef feeder)
    {
        if (Device is null || !_queue.TryAdd(batch))
        {
            line.Drops.Add(Device is null ? DropReason.DeviceDown : DropReason.QueueFull, batch.Count);
            batch.Release();
            return;
        }

        if (_feeders.Add(feeder) && _full) feeder.Tell(PauseReading.Instance, self);
        if (_full || _flushQueued) return;
        _flushQueued = true;
        self.Tell(Messages.Flush.Instance, self);
    }

    /// <summary>Writes what has gathered; returns a status other than Ok only when the device is down or lost.</summary>
    public IoStatus Flush(IPollSource source)
    {
        _flushQueued = false;
        if (_queue.IsEmpty || Device is null)
        {
            // Room for nothing: an earlier life of the actor has asked, and would be told of it without end.
            line.Loop.PauseWrites(source);
            return IoStatus.Ok;
        }

        var result = Device(_queue.Batches, _queue.FirstPacket);
        var (packets, bytes) = _queue.Consume(result.Packets);
        sent.Add(packets - result.Refused, bytes);
        if (result.Refused > 0) line.Drops.Add(DropReason.Refused, result.Refused);
        if (result.Status is not (IoStatus.Ok or IoStatus.WouldBlock)) return result.Status;
        SetFull(result.Status == IoStatus.WouldBlock, source);
        return IoStatus.Ok;
    }

    /// <summary>Drops everything, when the device is gone or the actor stops.</summary>
    public void Clear()
    {
        line.Drops.Add(DropReason.DeviceDown, _queue.Clear());
        Device = null;
        ReleaseFeeders();
        _full = false;
    }

    private void SetFull(bool full, IPollSource source)
    {
        if (full && !_full)
        {
            line.Loop.WatchWrites(source, self);
            foreach (var feeder in _feeders) feeder.Tell(PauseReading.Instance, self);
        }
        else if (!full)
        {
            if (_full) line.Loop.PauseWrites(source);
            ReleaseFeeders();
        }

        _full = full;
    }

    private void ReleaseFeeders()
    {
        if (_full)
            foreach (var feeder in _feeders) feeder.Tell(ResumeReading.Instance, self);
        _feeders.Clear();
    }
}

/// <summary>The write of <see cref="ITunDevice"/> or the send of <see cref="IUdpSocket"/>.</summary>
internal delegate IoResult DeviceWrite(ReadOnlySpan<PacketBatch> queue, int firstPacket);
