using BenchmarkDotNet.Attributes;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;

namespace UdpTun.Pieces;

/// <summary>
/// A session's rewriting of source, port and checksums. Each time the header is put back first (some 2 ns), for a packet is not translated
/// twice.
/// </summary>
public class NatPieces
{
    private readonly byte[] _packet = Samples.Tcp();
    private readonly byte[] _super = Samples.SuperPacket();
    private readonly byte[] _header = Samples.Tcp()[..Samples.HeaderLength];
    private readonly byte[] _superHeader = Samples.SuperPacket()[..Samples.HeaderLength];
    private readonly NatSession _session = Open();

    [Benchmark]
    public DropReason RewritePacket()
    {
        _header.CopyTo(_packet, 0);
        return _session.TranslateOutbound(_packet, checksumPending: false, TimeSpan.Zero);
    }

    [Benchmark]
    public DropReason RewriteSuperPacket()
    {
        _superHeader.CopyTo(_super, 0);
        return _session.TranslateOutbound(_super, checksumPending: true, TimeSpan.Zero, Samples.Segments);
    }

    private static NatSession Open()
    {
        var table = Samples.Nat();
        var flow = new FlowKey(IpProtocol.Tcp, Samples.Inner, Samples.Remote);
        if (Samples.Peers().Admit(Samples.Client, TimeSpan.Zero, out var client) != DropReason.None
            || table.TryOpen(client.Id, flow, TimeSpan.Zero, out var session) != DropReason.None)
        {
            throw new InvalidOperationException("the session was refused");
        }

        return session;
    }
}
