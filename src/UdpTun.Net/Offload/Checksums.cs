using System.Buffers.Binary;
using UdpTun.Net.Buffers;
using UdpTun.Net.Headers;

namespace UdpTun.Net.Offload;

/// <summary>What a network card does for a packet whose checksum is pending.</summary>
public static class Checksums
{
    /// <summary>Makes the checksum out of what its field holds, the pseudo-header's sum, and all behind the transport header's start.</summary>
    /// <param name="packet">An ordinary packet, no super-packet.</param>
    /// <param name="offload">Where its checksum is.</param>
    public static void Finish(Span<byte> packet, in PacketOffload offload)
    {
        var covered = packet[offload.ChecksumStart..];
        var checksum = InternetChecksum.Compute(covered);
        // RFC 768: 0 would say that there is none. No other protocol's checksum comes out as 0 but for data that are all zeros.
        if (checksum == 0 && offload.ChecksumOffset == TransportHeader.UdpChecksumOffset) checksum = 0xFFFF;
        BinaryPrimitives.WriteUInt16BigEndian(covered[offload.ChecksumOffset..], checksum);
    }
}
