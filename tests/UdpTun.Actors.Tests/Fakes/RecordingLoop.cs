using System.Collections.Concurrent;
using Akka.Actor;
using UdpTun.Actors.EventLoop;
using UdpTun.Net.Io;

namespace UdpTun.Actors.Tests.Fakes;

/// <summary>An event loop that only writes down who watches what; the test plays the poller and tells the actors itself.</summary>
internal sealed class RecordingLoop : IEventLoop
{
    private readonly ConcurrentDictionary<IPollSource, IActorRef> _readers = new();
    private readonly ConcurrentDictionary<IPollSource, IActorRef> _writers = new();

    /// <summary>Called for each source that is to be read.</summary>
    public Action<IPollSource> Watched { get; set; } = _ => { };

    public bool IsRead(IPollSource source) => _readers.ContainsKey(source);

    public bool IsAwaitedForRoom(IPollSource source) => _writers.ContainsKey(source);

    public void WatchReads(IPollSource source, IActorRef reader)
    {
        _readers[source] = reader;
        Watched(source);
    }

    public void WatchWrites(IPollSource source, IActorRef writer) => _writers[source] = writer;

    public void PauseReads(IPollSource source) => _readers.TryRemove(source, out _);

    public void PauseWrites(IPollSource source) => _writers.TryRemove(source, out _);

    public void Forget(IPollSource source)
    {
        PauseReads(source);
        PauseWrites(source);
    }
}
