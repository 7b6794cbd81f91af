namespace UdpTun.Comparison.Measures;

/// <summary>
/// Takes a measure once more after a failure, since a tunnel that loses much may lose iperf3's control connection, and goes on without
/// it after the second: a comparison of a quarter of an hour does not end with one tool's bad day.
/// </summary>
/// <param name="leaveOut">Told which measures could not be taken, and why.</param>
internal sealed class Attempts(Action<string, string> leaveOut)
{
    private const int Most = 2;

    /// <param name="what">The measure's name.</param>
    /// <param name="part">Takes it.</param>
    /// <param name="stop">Whether anybody still waits for it.</param>
    /// <exception cref="OperationCanceledException">Told to stop.</exception>
    public async Task Take(string what, Func<Task> part, CancellationToken stop)
    {
        for (var attempt = 1; ; attempt++)
        {
            stop.ThrowIfCancellationRequested();
            try
            {
                await part();
                return;
            }
            // Whatever foreign programs do or say: their end, their silence, words for numbers.
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                if (attempt < Most) continue;
                leaveOut(what, failure.Message.ReplaceLineEndings(" "));
                return;
            }
        }
    }
}
