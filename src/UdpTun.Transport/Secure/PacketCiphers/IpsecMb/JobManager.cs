// Stage: below a key pair's ciphers. Thread: each has a manager of its own. Memory: the library's, some hundred kilobytes a thread.
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace UdpTun.Transport.Secure.PacketCiphers.IpsecMb;

/// <summary>Owns an IMB_MGR, which holds the library's choice for this processor and the job under way.</summary>
internal sealed unsafe class JobManager : SafeHandle
{
    [ThreadStatic]
    private static JobManager? t_ofThread;

    private readonly delegate* unmanaged[SuppressGCTransition]<nint, CipherJob*> _getNextJob; // adds two numbers
    private readonly delegate* unmanaged<nint, CipherJob*> _submitJob;
    private readonly delegate* unmanaged<byte*, byte*, void> _gcm256Pre;

    private JobManager() : base(0, ownsHandle: true)
    {
        SetHandle(LibIpsecMb.alloc_mb_mgr(0));
        if (IsInvalid) throw new CryptographicException("libIPSec_MB makes no manager: out of memory");
        int architecture;
        LibIpsecMb.init_mb_mgr_auto(handle, &architecture);
        _getNextJob = (delegate* unmanaged[SuppressGCTransition]<nint, CipherJob*>)Marshal.ReadIntPtr(handle, LibIpsecMb.GetNextJobOffset);
        _submitJob = (delegate* unmanaged<nint, CipherJob*>)Marshal.ReadIntPtr(handle, LibIpsecMb.SubmitJobNoCheckOffset);
        _gcm256Pre = (delegate* unmanaged<byte*, byte*, void>)Marshal.ReadIntPtr(handle, LibIpsecMb.Gcm256PreOffset);
    }

    public static JobManager OfThread => t_ofThread ??= new JobManager();

    public override bool IsInvalid => handle == 0;

    /// <summary>Whether it computes here what .NET's classes do; a library that does not is not used.</summary>
    public static bool Works() => Works(CipherSuite.ChaCha20Poly1305) && Works(CipherSuite.Aes256Gcm);

    /// <summary>Encrypts or decrypts, in place or elsewhere, and writes the tag of what is, or was, encrypted.</summary>
    /// <exception cref="CryptographicException">The library refuses the job: a bug of ours.</exception>
    public void Run(JobKey key, byte* nonce, ReadOnlySpan<byte> from, Span<byte> to, byte* tag, bool seals)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(to.Length, from.Length);
        fixed (byte* source = from, target = to)
        {
            var job = _getNextJob(handle);
            job->enc_keys = job->dec_keys = key.Pointer;
            job->key_len_in_bytes = PacketCipher.KeyBytes;
            job->src = source is null ? nonce : source; // an empty packet still has to lie somewhere
            job->dst = target is null ? nonce : target;
            job->cipher_start_src_offset_in_bytes = job->hash_start_src_offset_in_bytes = 0;
            job->msg_len_to_cipher_in_bytes = job->msg_len_to_hash_in_bytes = (ulong)from.Length;
            job->iv = nonce;
            job->iv_len_in_bytes = PacketCipher.NonceBytes;
            job->auth_tag_output = tag;
            job->auth_tag_output_len_in_bytes = PacketCipher.TagBytes;
            job->aad = nonce; // none, but it must not be null
            job->aad_len_in_bytes = 0;
            (job->cipher_mode, job->hash_alg) = key.Suite == CipherSuite.Aes256Gcm
                ? (LibIpsecMb.GCM, LibIpsecMb.AUTH_AES_GMAC) : (LibIpsecMb.CHACHA20_POLY1305, LibIpsecMb.AUTH_CHACHA20_POLY1305);
            job->cipher_direction = seals ? LibIpsecMb.DIR_ENCRYPT : LibIpsecMb.DIR_DECRYPT;
            job->chain_order = seals ? LibIpsecMb.ORDER_CIPHER_HASH : LibIpsecMb.ORDER_HASH_CIPHER;
            // These ciphers' jobs are done when they are handed back at once; none waits for others.
            var done = _submitJob(handle);
            if (done is null || done->status != LibIpsecMb.STATUS_COMPLETED) throw new CryptographicException("libIPSec_MB refused a packet");
        }

        GC.KeepAlive(key);
    }

    /// <summary>Makes what <see cref="Run"/> takes for AES-256-GCM.</summary>
    /// <param name="key">32 bytes.</param>
    /// <param name="expanded">struct gcm_key_data, aligned to 64 bytes.</param>
    public void ExpandAesKey(ReadOnlySpan<byte> key, byte* expanded)
    {
        fixed (byte* from = key) _gcm256Pre(from, expanded);
    }

    protected override bool ReleaseHandle()
    {
        LibIpsecMb.free_mb_mgr(handle);
        return true;
    }

    private static bool Works(CipherSuite suite)
    {
        const int Length = 1500; // all of the library's ways through a packet
        Span<byte> key = stackalloc byte[PacketCipher.KeyBytes], data = stackalloc byte[Length], expected = stackalloc byte[Length];
        Span<byte> tag = stackalloc byte[PacketCipher.TagBytes], expectedTag = stackalloc byte[PacketCipher.TagBytes];
        key.Fill(7);
        data.Fill(9);
        data.CopyTo(expected);
        using var plain = new DotNetPacketCipher(suite, key);
        plain.Seal(3, expected, expected, expectedTag);
        using var fast = new IpsecMbPacketCipher(suite, key, seals: true);
        fast.Seal(3, data, data, tag);
        return data.SequenceEqual(expected) && tag.SequenceEqual(expectedTag);
    }
}
