namespace UdpTun.Host.Roles;

/// <summary>Saves again and again, and at the end: a crash loses an interval's news at most.</summary>
internal sealed class PeriodicSave : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Action _save;
    private readonly ITimer _timer;

    /// <param name="save">Saves; never called by two threads at a time, nor after the end.</param>
    /// <param name="interval">How often.</param>
    /// <param name="clock">Runs the timer.</param>
    internal PeriodicSave(Action save, TimeSpan interval, TimeProvider clock)
    {
        _save = save;
        _timer = clock.CreateTimer(_ => Save(), null, interval, interval);
    }

    /// <summary>Saves now. Any thread.</summary>
    internal void Save()
    {
        lock (_lock) _save();
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        Save();
    }
}
