using BenchmarkDotNet.Attributes;
using UdpTun.Net.Headers;
using UdpTun.Testing.Packets;

namespace UdpTun.Pieces;

/// <summary>The sum of RFC 1071: with vectors, and as the tests' plain twin takes it.</summary>
public class ChecksumPieces
{
    private byte[] _bytes = [];

    [Params(20, 1380, 61_000)]
    public int Length { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        _bytes = new byte[Length];
        new Random(1071).NextBytes(_bytes);
    }

    [Benchmark]
    public ushort Sum() => InternetChecksum.Sum(_bytes);

    [Benchmark(Baseline = true)]
    public ushort PlainSum() => PlainChecksum.Sum(_bytes);
}
