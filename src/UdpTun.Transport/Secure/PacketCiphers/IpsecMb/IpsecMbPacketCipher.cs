// Stage: between the UDP socket and the inner packets. Thread: the owner's, one at a time. Memory: the caller's, rewritten in place.
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace UdpTun.Transport.Secure.PacketCiphers.IpsecMb;

/// <summary>Intel's library, which takes 0.5 us for 1400 bytes where OpenSSL 3.0 takes 0.95 (ADR 0022).</summary>
internal sealed unsafe class IpsecMbPacketCipher : IPacketCipher
{
    private readonly bool _seals;
    private byte* _key;

    public IpsecMbPacketCipher(ReadOnlySpan<byte> key, bool seals)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, PacketCipher.KeyBytes);
        _seals = seals;
        _key = (byte*)NativeMemory.Alloc(PacketCipher.KeyBytes); // where no collector leaves copies of it
        key.CopyTo(Key);
    }

    ~IpsecMbPacketCipher() => Wipe();

    private Span<byte> Key => new(_key, PacketCipher.KeyBytes);

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

    public void Dispose()
    {
        Wipe();
        GC.SuppressFinalize(this);
    }

    private void Run(ulong counter, ReadOnlySpan<byte> from, Span<byte> to, byte* tag)
    {
        ObjectDisposedException.ThrowIf(_key is null, this);
        var nonce = stackalloc byte[PacketCipher.NonceBytes];
        new Span<byte>(nonce, PacketCipher.CounterOffset).Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(new Span<byte>(nonce + PacketCipher.CounterOffset, sizeof(ulong)), counter);
        JobManager.OfThread.Run(_key, nonce, from, to, tag, _seals);
        GC.KeepAlive(this);
    }

    private void Wipe()
    {
        if (_key is null) return;
        CryptographicOperations.ZeroMemory(Key);
        NativeMemory.Free(_key);
        _key = null;
    }
}
