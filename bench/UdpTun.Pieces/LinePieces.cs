using BenchmarkDotNet.Attributes;
using UdpTun.Actors.Lines;
using UdpTun.Net.Admission;
using UdpTun.Net.Io;
using UdpTun.Net.Nat;
using UdpTun.Net.PortMapping;
using UdpTun.Pieces.Ends;
using UdpTun.Testing.Lines;
using UdpTun.Transport.Plain;

namespace UdpTun.Pieces;

/// <summary>
/// A burst's way through the server's actors, from UDP endpoint over session to TUN writer, without the kernel. What it allocates is the
/// same for one packet as for 64.
/// </summary>
public class LinePieces
{
    private const int Bursts = 1000;

    private readonly BurstPoller _poller = new();
    private readonly CountingTun _tun = new();
    private BurstSource _source = null!;
    private LineSystem _system = null!;

    [Params(1, 64)]
    public int Packets { get; set; }

    [GlobalSetup]
    public void Start()
    {
        _source = new BurstSource(Samples.Client, Samples.Tcp(), Packets);
        var table = Samples.Nat();
        _system = LineSystem.StartAsync(
            new ServerLine(
                new DeviceSource<ITunDevice>(_tun), new DeviceSource<IUdpSocket>(_source), new PlainTransport(), table, Samples.Peers(),
                new DestinationPolicy([], []), new Hairpin(table, ExternalAddresses.None),
                new PortMapper(table, ExternalAddresses.None, isOn: false, TimeSpan.FromHours(2)), []),
            _poller).GetAwaiter().GetResult();
    }

    [GlobalCleanup]
    public void Stop() => _system.DisposeAsync().AsTask().GetAwaiter().GetResult();

    [Benchmark(OperationsPerInvoke = Bursts)]
    public void Burst()
    {
        _tun.Expect(Bursts * Packets);
        _source.Arrive(Bursts);
        _poller.Wake();
        _tun.WaitForAll();
    }
}
