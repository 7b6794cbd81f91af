using UdpTun.Actors.Peers;
using UdpTun.Host.Secure;

namespace UdpTun.Host.Roles;

/// <summary>Saves each minute what peers have used of their quotas, and at the end: a crash forgives them a minute at most.</summary>
internal sealed class QuotaKeeper : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly SecureEnd _end;
    private readonly UsedQuotas _file;
    private readonly ITimer _timer;

    /// <param name="end">Whose peers; is to outlive the keeper.</param>
    /// <param name="file">Where to.</param>
    /// <param name="clock">Runs the timer.</param>
    internal QuotaKeeper(SecureEnd end, UsedQuotas file, TimeProvider clock)
    {
        (_end, _file) = (end, file);
        _timer = clock.CreateTimer(_ => Save(), null, Interval, Interval);
    }

    /// <summary>Saves now. Any thread.</summary>
    internal void Save()
    {
        lock (_file) _file.Save(_end.Used);
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        Save();
    }
}
