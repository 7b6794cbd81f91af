using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace UdpTun.Transport.Secure.PacketCiphers.IpsecMb;

/// <summary>A key as the library's jobs take it, where no collector leaves copies of it; wiped when it is disposed, or finalized.</summary>
internal sealed unsafe class JobKey : IDisposable
{
    private const int ExpandedBytes = 2048, Alignment = 64; // struct gcm_key_data has 1008 in 1.3
    private readonly int _bytes;
    private byte* _pointer;

    public JobKey(CipherSuite suite, ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, PacketCipher.KeyBytes);
        Suite = suite;
        _bytes = suite == CipherSuite.Aes256Gcm ? ExpandedBytes : PacketCipher.KeyBytes;
        _pointer = (byte*)NativeMemory.AlignedAlloc((nuint)_bytes, Alignment);
        if (suite == CipherSuite.Aes256Gcm) JobManager.OfThread.ExpandAesKey(key, _pointer);
        else key.CopyTo(new Span<byte>(_pointer, _bytes));
    }

    ~JobKey() => Wipe();

    public CipherSuite Suite { get; }

    /// <exception cref="ObjectDisposedException">It has been wiped.</exception>
    public byte* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(_pointer is null, this);
            return _pointer;
        }
    }

    public void Dispose()
    {
        Wipe();
        GC.SuppressFinalize(this);
    }

    private void Wipe()
    {
        if (_pointer is null) return;
        CryptographicOperations.ZeroMemory(new Span<byte>(_pointer, _bytes));
        NativeMemory.AlignedFree(_pointer);
        _pointer = null;
    }
}
