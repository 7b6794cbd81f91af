using UdpTun.Net.Io;

namespace UdpTun.Pieces.Ends;

/// <summary>Waits for a <see cref="BurstSource"/> and not at all while it has more: what is measured is the line and not a wake-up.</summary>
internal sealed class BurstPoller : IPoller
{
    private readonly ManualResetEventSlim _woken = new();
    private BurstSource? _source;
    private int _token;
    private PollInterest _interest;

    public void Add(IPollSource source, int token, PollInterest interest)
    {
        if (source is not BurstSource bursts) return;
        (_source, _token, _interest) = (bursts, token, interest);
    }

    public void Change(IPollSource source, int token, PollInterest interest)
    {
        if (source == _source) _interest = interest;
    }

    public void Remove(IPollSource source)
    {
        if (source == _source) _source = null;
    }

    public int Wait(Span<PollEvent> ready, int timeoutMilliseconds)
    {
        if (!IsReadable && timeoutMilliseconds != 0)
        {
            _woken.Wait(timeoutMilliseconds);
            _woken.Reset();
        }

        if (!IsReadable) return 0;
        ready[0] = new PollEvent(_token, Readable: true, Writable: false);
        return 1;
    }

    public void Wake() => _woken.Set();

    public void Dispose() => _woken.Dispose();

    private bool IsReadable => (_interest & PollInterest.Read) != 0 && _source is { IsReadable: true };
}
