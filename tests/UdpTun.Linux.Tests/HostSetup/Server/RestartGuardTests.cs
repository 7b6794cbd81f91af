using UdpTun.Linux.HostSetup;
using UdpTun.Net.Nat;

namespace UdpTun.Linux.Tests.HostSetup;

/// <summary>What stands between two runs of a server: its ports leave it by themselves, its table goes with the next start or a clean-up.</summary>
public sealed class RestartGuardTests : IDisposable
{
    private static readonly PortRange Ports = new(20000, 20099);

    private readonly ServerAndInternet _net = new();

    public void Dispose() => _net.Dispose();

    [SkippableFact]
    public void Guard_should_drop_what_arrives_at_the_ports_for_a_time_and_be_lowered_by_the_next_start() => _net.Server.Run(() =>
    {
        var guard = new RestartGuard("tun0", ["up0"], Ports);
        Assert.Null(guard.Raise());
        Assert.Null(guard.Raise()); // one that is there already begins anew
        var rules = TestNamespace.Nft("list", "table", "inet", "udptun_tun0.guard");
        Assert.Matches(@"20000-20099 timeout 1m expires \d+s", rules);

        using var remote = _net.Remote("203.0.113.2", patienceMilliseconds: 300);
        _net.Internet.Run(() => remote.Send([1], 1, "203.0.113.1", 20050));
        // It arrives a moment after it was sent.
        SpinWait.SpinUntil(() => Chain().Contains("counter packets 1 bytes", StringComparison.Ordinal), TimeSpan.FromSeconds(10));
        Assert.Contains("counter packets 1 bytes", Chain(), StringComparison.Ordinal);

        new RestartGuard("tun1", ["up0"], Ports).Lower(); // another instance's
        Assert.Contains("udptun_tun0.guard", TestNamespace.Nft("list", "tables"), StringComparison.Ordinal);
        guard.Lower();
        Assert.Equal("", TestNamespace.Nft("list", "tables").Trim());

        static string Chain() => TestNamespace.Nft("list", "chain", "inet", "udptun_tun0.guard", "prerouting");
    });

    [SkippableFact]
    public void Guard_should_be_named_and_taken_away_by_a_cleanup() => _net.Server.Run(() =>
    {
        Assert.Null(new RestartGuard("tun0", ["up0"], Ports).Raise());
        Assert.Equal(["udptun_tun0.guard"], HostCleanup.Run(_net.StateDirectory).Undone);
        Assert.Equal("", TestNamespace.Nft("list", "tables").Trim());
    });
}
