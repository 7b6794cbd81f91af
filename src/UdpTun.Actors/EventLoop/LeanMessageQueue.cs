using Akka.Actor;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;

namespace UdpTun.Actors.EventLoop;

/// <summary>
/// Messages in the order they came, in a ring that doubles when it is full and stays; none before the first. Thread-safe: nearly all
/// messages come from the loop that takes them out, so the lock is hardly ever waited for.
/// </summary>
public sealed class LeanMessageQueue : IMessageQueue, IUnboundedMessageQueueSemantics
{
    private const int FirstSize = 2; // a power of two, as all that follow

    // Locked is the queue itself: an object of its own would be a fifth of an idle one.
    private Envelope[] _ring = [];
    private int _first;
    private int _count;

    public bool HasMessages => Count > 0;

    public int Count => Volatile.Read(ref _count);

    public void Enqueue(IActorRef receiver, Envelope envelope)
    {
        lock (this)
        {
            if (_count == _ring.Length) Grow();
            _ring[(_first + _count) & (_ring.Length - 1)] = envelope;
            // A full fence: what the mailbox does next is to look whether it runs already, and its run, about to end, looks here.
            Interlocked.Increment(ref _count);
        }
    }

    public bool TryDequeue(out Envelope envelope)
    {
        lock (this)
        {
            if (_count == 0)
            {
                envelope = default;
                return false;
            }

            envelope = _ring[_first];
            _ring[_first] = default; // or what it holds would live on
            _first = (_first + 1) & (_ring.Length - 1);
            Volatile.Write(ref _count, _count - 1);
            return true;
        }
    }

    public void CleanUp(IActorRef owner, IMessageQueue deadletters)
    {
        while (TryDequeue(out var envelope)) deadletters.Enqueue(owner, envelope);
    }

    private void Grow()
    {
        var larger = new Envelope[Math.Max(FirstSize, 2 * _ring.Length)];
        for (var i = 0; i < _count; i++) larger[i] = _ring[(_first + i) & (_ring.Length - 1)];
        (_ring, _first) = (larger, 0);
    }
}
