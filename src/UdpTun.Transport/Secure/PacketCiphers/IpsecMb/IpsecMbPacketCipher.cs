// Stage: between the UDP socket and the inner packets. Thread: the owner's, one at a time. Memory: the caller's, rewritten in place.
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace UdpTun.Transport.Secure.PacketCiphers.IpsecMb;

/// <summary>Intel's library: 0.50 us for 1400 bytes where OpenSSL 3.0 takes 0.95 (ADR 0022), and 0.17 with AES-256-GCM (ADR 0030).</summary>
internal sealed unsafe class IpsecMbPacketCipher(CipherSuite suite, ReadOnlySpan<byte> key, bool seals) : IPacketCipher
{
    private readonly JobKey _key = new(suite, key);

    public void Seal(ulong counter, ReadOnlySpan<byte> plain, Span<byte> sealedData, Span<byte> tag)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tag.Length, PacketCipher.TagBytes);
        fixed (byte* tagPointer = tag) Run(counter, plain, sealedData, tagPointer);
    }

    public bool TryOpen(ulong counter, Span<byte> data, ReadOnlySpan<byte> tag)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tag.Length, PacketCipher.TagBytes);
        Vector128<byte> right; // compared whole, in the same time wherever it differs, and in a tenth of what FixedTimeEquals takes for 16 bytes
        Run(counter, data, data, (byte*)&right);
        if (right == Vector128.Create(tag)) return true;
        CryptographicOperations.ZeroMemory(data);
        return false;
    }

    public void Dispose() => _key.Dispose();

    private void Run(ulong counter, ReadOnlySpan<byte> from, Span<byte> to, byte* tag)
    {
        var nonce = stackalloc byte[PacketCipher.NonceBytes];
        PacketCipher.WriteNonce(suite, counter, new Span<byte>(nonce, PacketCipher.NonceBytes));
        JobManager.OfThread.Run(_key, nonce, from, to, tag, seals);
    }
}
