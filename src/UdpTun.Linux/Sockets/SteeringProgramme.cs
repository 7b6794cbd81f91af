using UdpTun.Linux.Interop;
using UdpTun.Net.Io;
using static UdpTun.Linux.Interop.LinuxFilter;

namespace UdpTun.Linux.Sockets;

/// <summary>
/// A <see cref="DatagramSteering"/> as the kernel runs it for each datagram (SO_ATTACH_REUSEPORT_CBPF, socket(7)): it sees the datagram from behind
/// the UDP header on and answers the place in the row of the socket that gets it.
/// </summary>
internal static class SteeringProgramme
{
    /// <summary>No socket's place: the kernel then chooses by its hash, as without a programme.</summary>
    private const uint ByHash = uint.MaxValue;

    /// <param name="steering">Tells a datagram's shard.</param>
    /// <param name="places">Where in the kernel's row each shard's socket is; null: nowhere at present.</param>
    public static sock_filter[] Write(DatagramSteering steering, IReadOnlyList<int?> places)
    {
        List<sock_filter> code =
        [
            Do(BPF_LD | BPF_W | BPF_LEN, 0),
            JumpUnless(BPF_JGE, sizeof(uint), 1 + (5 * steering.Rules.Count)), // a load beyond the end would answer 0
            Do(BPF_LD | BPF_W | BPF_ABS, 0),
        ];
        for (var rule = 0; rule < steering.Rules.Count; rule++)
        {
            var (word, least, offset) = steering.Rules[rule];
            var left = steering.Rules.Count - 1 - rule;
            code.AddRange(
            [
                JumpUnless(BPF_JEQ, word, 4),
                Do(BPF_LD | BPF_W | BPF_LEN, 0),
                JumpUnless(BPF_JGE, (uint)least, 2 + (5 * left)),
                Do(BPF_LD | BPF_B | BPF_ABS, (uint)offset),
                Do(BPF_JMP | BPF_JA, (uint)(1 + (5 * left))),
            ]);
        }

        code.Add(Do(BPF_RET | BPF_K, ByHash));
        code.Add(Do(BPF_ALU | BPF_MOD | BPF_K, (uint)steering.Shards));
        for (var shard = 0; shard < steering.Shards; shard++)
        {
            code.Add(JumpUnless(BPF_JEQ, (uint)shard, 1));
            code.Add(Do(BPF_RET | BPF_K, places[shard] is { } place ? (uint)place : ByHash));
        }

        code.Add(Do(BPF_RET | BPF_K, ByHash));
        return [.. code];
    }

    private static sock_filter Do(int code, uint operand) => new() { code = (ushort)code, k = operand };

    private static sock_filter JumpUnless(ushort test, uint operand, int skipped) =>
        new() { code = (ushort)(BPF_JMP | test | BPF_K), jf = (byte)skipped, k = operand };
}
