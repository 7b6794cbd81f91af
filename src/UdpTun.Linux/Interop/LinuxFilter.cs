namespace UdpTun.Linux.Interop;

/// <summary>&lt;linux/filter.h&gt; and &lt;linux/bpf_common.h&gt;: classic BPF programmes (bpf(4) of the BSDs, socket(7)).</summary>
internal static class LinuxFilter
{
    public const ushort BPF_LD = 0x00;
    public const ushort BPF_ALU = 0x04;
    public const ushort BPF_JMP = 0x05;
    public const ushort BPF_RET = 0x06;

    public const ushort BPF_W = 0x00;
    public const ushort BPF_B = 0x10;
    public const ushort BPF_ABS = 0x20;
    public const ushort BPF_LEN = 0x80;

    public const ushort BPF_MOD = 0x90;
    public const ushort BPF_JEQ = 0x10;
    public const ushort BPF_JGE = 0x30;
    public const ushort BPF_JA = 0x00;
    public const ushort BPF_K = 0x00;
}

/// <summary>struct sock_filter: one instruction.</summary>
internal struct sock_filter
{
    public ushort code;
    public byte jt;
    public byte jf;
    public uint k;
}

/// <summary>struct sock_fprog: a programme.</summary>
internal unsafe struct sock_fprog
{
    public ushort len;
    public sock_filter* filter;
}
