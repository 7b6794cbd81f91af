using UdpTun.Net.Buffers;
using UdpTun.Net.Io;

namespace UdpTun.Pieces.Ends;

/// <summary>A TUN that counts what is written and tells when all of it is there.</summary>
internal sealed class CountingTun : ITunDevice
{
    private readonly ManualResetEventSlim _complete = new();
    private int _missing;

    public string Name => "counting";

    public int Mtu => 1420;

    public TunOffload Offload => default;

    public void Expect(int packets)
    {
        _complete.Reset();
        Volatile.Write(ref _missing, packets);
    }

    /// <exception cref="TimeoutException">A packet was lost.</exception>
    public void WaitForAll()
    {
        if (!_complete.Wait(TimeSpan.FromSeconds(30))) throw new TimeoutException($"{_missing} packets did not come through");
    }

    public IoResult Read(PacketBurst burst) => new(IoStatus.WouldBlock, 0, 0);

    public IoResult Write(ReadOnlySpan<PacketBatch> queue, int firstPacket)
    {
        var packets = -firstPacket;
        foreach (var batch in queue) packets += batch.Count;
        _missing -= packets;
        if (_missing == 0) _complete.Set();
        return new IoResult(IoStatus.Ok, packets, 0);
    }

    public void Dispose() => _complete.Dispose();
}
