using UdpTun.Linux.HostSetup;
using UdpTun.Linux.Tun;
using UdpTun.Net.Io;

namespace UdpTun.Linux.Tests.HostSetup;

/// <summary>A server's way out while it is in place: its changes to the host and its TUN, both gone when it is disposed of.</summary>
internal sealed class RunningExit : IDisposable
{
    private readonly HostJournal _journal;
    private readonly ServerHostSetup? _setup;

    private RunningExit(HostJournal journal, ServerHostSetup? setup, ITunDevice tun) => (_journal, _setup, Tun) = (journal, setup, tun);

    public ITunDevice Tun { get; }

    /// <summary>What the exits with a NAT of the kernel found out about the host; the exit routed has none.</summary>
    public ServerHostSetup Setup => _setup ?? throw new InvalidOperationException("the exit routed has no such setup");

    /// <param name="net">The hosts.</param>
    /// <param name="options">The exit.</param>
    /// <param name="device">The TUN.</param>
    /// <param name="searchPath">Where to look for the host's programs, if not where PATH says.</param>
    public static RunningExit Start(ServerAndInternet net, ServerHostOptions options, string device = "tun0", string? searchPath = null) =>
        Start(net, new TunDeviceOptions { Name = device, Addresses = options.Inside }, searchPath, journal =>
        {
            var setup = new ServerHostSetup(options, journal, net.Warnings.Add);
            setup.Apply();
            return setup;
        });

    public static RunningExit Start(ServerAndInternet net, RoutedHostOptions options, TunDeviceOptions tun) => Start(net, tun, null, journal =>
    {
        new RoutedHostSetup(options, journal, net.Warnings.Add).Apply();
        return null;
    });

    public byte[] ReadPacket() => TestPackets.NextV4(Tun);

    /// <summary>Leaves what a killed process leaves: the TUN goes with it, and nothing else.</summary>
    public void Kill()
    {
        _journal.Abandon();
        Tun.Dispose();
    }

    public void Dispose()
    {
        Tun.Dispose();
        _journal.Dispose();
    }

    private static RunningExit Start(
        ServerAndInternet net, TunDeviceOptions tun, string? searchPath, Func<HostJournal, ServerHostSetup?> apply)
    {
        var journal = HostJournal.Open(net.StateDirectory, tun.Name, new CommandRunner(searchPath), net.Warnings.Add);
        try
        {
            var setup = apply(journal);
            return new RunningExit(journal, setup, new TunDeviceFactory(tun, journal, net.Warnings.Add).Open());
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }
}
