using UdpTun.Comparison.Measures;

namespace UdpTun.Comparison.Tests;

public sealed class AttemptsTests
{
    private readonly List<(string What, string Why)> _leftOut = [];
    private readonly Attempts _attempts;
    private int _taken;

    public AttemptsTests() => _attempts = new Attempts((what, why) => _leftOut.Add((what, why)));

    [Fact]
    public async Task Measure_should_be_taken_once_when_it_succeeds()
    {
        await Take(failures: 0);

        Assert.Equal(1, _taken);
        Assert.Empty(_leftOut);
    }

    [Fact]
    public async Task Measure_should_be_taken_again_and_nothing_told_when_it_fails_once()
    {
        await Take(failures: 1);

        Assert.Equal(2, _taken);
        Assert.Empty(_leftOut);
    }

    [Fact]
    public async Task Measure_should_be_left_out_and_told_in_one_line_when_it_fails_twice()
    {
        await Take(failures: 2);

        Assert.Equal(2, _taken);
        Assert.Equal([("TCP up", "iperf3: control socket has closed unexpectedly")], _leftOut);
    }

    [Fact]
    public async Task Measure_should_be_left_out_whatever_a_foreign_program_says()
    {
        await _attempts.Take("64-byte UDP", () => Task.FromException(new FormatException("'x' is no number")), CancellationToken.None);
        await _attempts.Take("memory", () => Task.FromException(new DirectoryNotFoundException("/proc/1")), CancellationToken.None);

        Assert.Equal(["64-byte UDP", "memory"], _leftOut.Select(one => one.What));
    }

    [Fact]
    public async Task Measure_should_not_be_taken_again_when_nobody_waits_for_it()
    {
        using var stop = new CancellationTokenSource();

        await Assert.ThrowsAsync<OperationCanceledException>(() => _attempts.Take(
            "TCP up",
            () =>
            {
                _taken++;
                stop.Cancel();
                throw new TimeoutException();
            },
            stop.Token));

        Assert.Equal(1, _taken);
        Assert.Empty(_leftOut);
    }

    private Task Take(int failures) => _attempts.Take(
        "TCP up",
        () => ++_taken <= failures
            ? Task.FromException(new InvalidOperationException("iperf3: control socket\nhas closed unexpectedly"))
            : Task.CompletedTask,
        CancellationToken.None);
}
