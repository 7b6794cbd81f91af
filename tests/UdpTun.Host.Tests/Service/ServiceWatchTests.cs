using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Akka.Dispatch;
using Serilog.Core;
using UdpTun.Actors.EventLoop;
using UdpTun.Actors.Tunnel;
using UdpTun.Host.Health;
using UdpTun.Host.Service;
using UdpTun.Linux.Polling;

namespace UdpTun.Host.Tests.Service;

/// <summary>A service manager of the test's own, a loop that can be made to hang, and devices that can be lost.</summary>
public sealed class ServiceWatchTests : IDisposable
{
    private const string WatchdogMicroseconds = "300000";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _path = Path.Combine(Directory.CreateTempSubdirectory("udptun-notify-").FullName, "notify");
    private readonly Socket _manager = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly EventLoop _loop = new(new EpollPoller());
    private readonly TunnelStatus _status = new();
    private readonly CancellationTokenSource _stop = new();

    public ServiceWatchTests()
    {
        _manager.Bind(new UnixDomainSocketEndPoint(_path));
        Devices(new DeviceStatus("servertun", true, 0));
    }

    public void Dispose()
    {
        _stop.Dispose();
        _loop.Dispose();
        _manager.Dispose();
        Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);
    }

    private void Devices(params DeviceStatus[] devices) => _status.Devices = devices;

    private ServiceNotifier Notifier(string? watchdog = WatchdogMicroseconds) => ServiceNotifier.Find(name => name switch
    {
        "NOTIFY_SOCKET" => _path,
        "WATCHDOG_USEC" => watchdog,
        _ => null,
    })!;

    /// <param name="notifier">Tells the manager.</param>
    /// <param name="patience">How long a loop may not turn; by default longer than on any machine.</param>
    private Task Watch(ServiceNotifier notifier, TimeSpan? patience = null)
    {
        var health = new TunnelHealth([_loop], _status, patience ?? Patience);
        return new ServiceWatch(notifier, health, () => "2 clients", Logger.None).RunAsync(_stop.Token);
    }

    private async Task<string> ReceiveAsync()
    {
        var buffer = new byte[4096];
        using var limit = new CancellationTokenSource(Patience);
        return Encoding.UTF8.GetString(buffer, 0, await _manager.ReceiveAsync(buffer.AsMemory(), SocketFlags.None, limit.Token));
    }

    private async Task UntilAsync(string message)
    {
        var clock = Stopwatch.StartNew();
        while (await ReceiveAsync() != message) Assert.True(clock.Elapsed < Patience, $"the manager was not told {message}");
    }

    [Fact]
    public async Task Manager_should_be_told_of_readiness_and_then_of_life()
    {
        using var notifier = Notifier();
        var watching = Watch(notifier);
        Assert.Equal("READY=1\nSTATUS=2 clients", await ReceiveAsync());
        Assert.Equal("WATCHDOG=1\nSTATUS=2 clients", await ReceiveAsync());
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching);
        notifier.Stopping();
        await UntilAsync("STOPPING=1\nSTATUS=stopping");
    }

    [Fact]
    public async Task Manager_should_be_told_when_a_reload_begins_and_at_what_time()
    {
        using var notifier = Notifier();
        var before = Stopwatch.GetTimestamp() / 1000; // CLOCK_MONOTONIC in nanoseconds
        notifier.Reloading();
        notifier.Ready("ok");
        var lines = (await ReceiveAsync()).Split('\n');
        Assert.Equal("RELOADING=1", lines[0]);
        Assert.InRange(long.Parse(lines[1]["MONOTONIC_USEC=".Length..], System.Globalization.CultureInfo.InvariantCulture), before, Stopwatch.GetTimestamp() / 1000);
        Assert.Equal("READY=1\nSTATUS=ok", await ReceiveAsync());
    }

    [Fact]
    public async Task Loop_that_hangs_should_end_the_signs_of_life_until_it_turns_again()
    {
        using var notifier = Notifier();
        _ = Watch(notifier, TimeSpan.FromMilliseconds(50));
        using var hanging = new Obstacle();
        _loop.Execute(hanging);
        await UntilAsync("STATUS=event loop 1 has not turned for 0.05 s");
        for (var count = 0; count < 3; count++) Assert.Equal("STATUS=event loop 1 has not turned for 0.05 s", await ReceiveAsync());
        hanging.Remove();
        await UntilAsync("WATCHDOG=1\nSTATUS=2 clients");
        await _stop.CancelAsync();
    }

    [Fact]
    public async Task Device_that_is_lost_should_end_the_signs_of_life_until_it_is_open_again()
    {
        using var notifier = Notifier();
        _ = Watch(notifier);
        Devices(new DeviceStatus("servertun", false, 1), new DeviceStatus("udp 0.0.0.0:9877", true, 0));
        await UntilAsync("STATUS=not open: servertun");
        Assert.Equal("STATUS=not open: servertun", await ReceiveAsync());
        Devices(new DeviceStatus("servertun", true, 1));
        await UntilAsync("WATCHDOG=1\nSTATUS=2 clients");
        await _stop.CancelAsync();
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData("5000000", null, 5.0)]
    [InlineData("5000000", "1", null)] // another process's
    [InlineData("soon", null, null)]
    [InlineData("0", null, null)]
    public void Watchdog_should_be_heeded_when_it_is_ours(string? microseconds, string? owner, double? seconds)
    {
        using var notifier = ServiceNotifier.Find(name => name switch
        {
            "NOTIFY_SOCKET" => _path,
            "WATCHDOG_USEC" => microseconds,
            "WATCHDOG_PID" => owner,
            _ => null,
        })!;
        Assert.Equal(seconds, notifier.Watchdog?.TotalSeconds);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("vsock:2:1234")]
    public void Nobody_should_be_told_where_there_is_no_socket(string? path) => Assert.Null(ServiceNotifier.Find(_ => path));

    [Fact]
    public void Manager_that_is_gone_should_not_matter()
    {
        using var notifier = Notifier();
        _manager.Dispose();
        notifier.Ready("ok");
    }

    /// <summary>Something that the loop cannot get past.</summary>
    private sealed class Obstacle : IRunnable, IDisposable
    {
        private readonly ManualResetEventSlim _removed = new();

        public void Remove() => _removed.Set();

        public void Run() => _removed.Wait();

        public void Execute() => Run();

        public void Dispose() => _removed.Set();
    }
}
