using CsCheck;
using UdpTun.Transport.Secure.Sessions;

namespace UdpTun.Transport.Tests.Secure.Sessions;

public sealed class ReplayWindowTests
{
    /// <summary>Steps from the highest counter so far: mostly near, some at the window's edges, some far away.</summary>
    private static readonly Gen<long> Steps = Gen.Frequency(
        (6, Gen.Long[-80, 80]), (2, Gen.Long[-ReplayWindow.Size - 70, -ReplayWindow.Size + 70]), (1, Gen.Long[0, 3 * ReplayWindow.Size]),
        (1, Gen.Long[-3 * ReplayWindow.Size, 0]));

    [Fact]
    public void Window_should_decide_as_its_plain_twin() => Gen.Select(Gen.ULong[0, 20_000], Steps.Array[1, 300]).Sample((start, steps) =>
    {
        var window = new ReplayWindow();
        var seen = new HashSet<ulong>();
        ulong highest = 0, counter = start;
        foreach (var step in steps)
        {
            var expected = (counter >= highest || highest - counter < ReplayWindow.Size) && seen.Add(counter);
            highest = Math.Max(highest, counter);
            Assert.Equal(expected, window.TryAccept(counter));
            counter = (ulong)Math.Max(0, (long)highest + step);
        }
    }, iter: 2000);

    [Fact]
    public void Window_should_accept_the_last_counters_of_all_once()
    {
        var window = new ReplayWindow();
        Assert.True(window.TryAccept(0));
        Assert.False(window.TryAccept(0));
        Assert.True(window.TryAccept(ulong.MaxValue));
        Assert.False(window.TryAccept(ulong.MaxValue));
        Assert.True(window.TryAccept(ulong.MaxValue - ReplayWindow.Size + 1));
        Assert.False(window.TryAccept(ulong.MaxValue - ReplayWindow.Size));
    }

    [Fact]
    public void Window_should_accept_every_counter_of_a_reordered_window_once()
    {
        var window = new ReplayWindow();
        for (var counter = ReplayWindow.Size - 1; counter >= 0; counter--) Assert.True(window.TryAccept((ulong)counter));
        for (var counter = 0; counter < ReplayWindow.Size; counter++) Assert.False(window.TryAccept((ulong)counter));
    }
}
