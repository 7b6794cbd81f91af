namespace UdpTun.Actors.Peers;

/// <summary>Counts calls of peers that are not ours, which somebody should know of, but not be flooded with: at most one line a minute.</summary>
internal sealed class UnknownKeys
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private TimeSpan? _toldAt;
    private int _untold;

    /// <summary>Takes one, and returns how many are to be told of now; 0: none yet.</summary>
    public int Count(TimeSpan now)
    {
        _untold++;
        if (now - _toldAt < Pause) return 0;
        var told = _untold;
        (_toldAt, _untold) = (now, 0);
        return told;
    }
}
