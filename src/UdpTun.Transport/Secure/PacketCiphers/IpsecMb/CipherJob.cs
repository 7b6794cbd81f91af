using System.Runtime.InteropServices;

namespace UdpTun.Transport.Secure.PacketCiphers.IpsecMb;

/// <summary>struct IMB_JOB of intel-ipsec-mb.h, as far as our two suites look at it.</summary>
[StructLayout(LayoutKind.Explicit, Size = 200)]
internal unsafe struct CipherJob
{
    [FieldOffset(0)] public byte* enc_keys;
    [FieldOffset(8)] public byte* dec_keys;
    [FieldOffset(16)] public ulong key_len_in_bytes;
    [FieldOffset(24)] public byte* src;
    [FieldOffset(32)] public byte* dst;
    [FieldOffset(40)] public ulong cipher_start_src_offset_in_bytes;
    [FieldOffset(48)] public ulong msg_len_to_cipher_in_bytes;
    [FieldOffset(56)] public ulong hash_start_src_offset_in_bytes;
    [FieldOffset(64)] public ulong msg_len_to_hash_in_bytes;
    [FieldOffset(72)] public byte* iv;
    [FieldOffset(80)] public ulong iv_len_in_bytes;
    [FieldOffset(88)] public byte* auth_tag_output;
    [FieldOffset(96)] public ulong auth_tag_output_len_in_bytes;
    [FieldOffset(104)] public byte* aad;
    [FieldOffset(112)] public ulong aad_len_in_bytes;
    [FieldOffset(128)] public int status;
    [FieldOffset(132)] public int cipher_mode;
    [FieldOffset(136)] public int cipher_direction;
    [FieldOffset(140)] public int hash_alg;
    [FieldOffset(144)] public int chain_order;
}
