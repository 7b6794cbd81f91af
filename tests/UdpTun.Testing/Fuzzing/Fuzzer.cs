using System.Globalization;

namespace UdpTun.Testing.Fuzzing;

/// <summary>
/// Gives a target one mutated input after the other: 200 thousand, or as many as UDPTUN_FUZZ_INPUTS says (<c>./run.sh soak</c>).
/// UDPTUN_FUZZ_SEED repeats a run. What the target throws comes with the input that it was thrown at.
/// </summary>
/// <param name="tell">Is told the seed.</param>
public sealed class Fuzzer(Action<string> tell)
{
    private static readonly int Inputs = Number("UDPTUN_FUZZ_INPUTS", 200_000);
    private static readonly int Seed = Number("UDPTUN_FUZZ_SEED", Random.Shared.Next());

    public delegate void PacketTarget(Span<byte> packet);

    public void Packets(PacketTarget target)
    {
        var mutator = new PacketMutator(Seed);
        Run(() =>
        {
            var packet = mutator.Next();
            var original = packet.ToArray();
            try
            {
                target(packet);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"a packet of seed {Seed}: {Convert.ToHexString(original)}", exception);
            }
        });
    }

    /// <param name="models">Texts that the target understands.</param>
    /// <param name="target">What reads texts.</param>
    public void Texts(IReadOnlyList<string> models, Action<string> target)
    {
        var mutator = new TextMutator(models, Seed);
        Run(() =>
        {
            var text = mutator.Next();
            try
            {
                target(text);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"a text of seed {Seed}: '{text}'", exception);
            }
        });
    }

    private void Run(Action once)
    {
        tell($"UDPTUN_FUZZ_SEED={Seed} UDPTUN_FUZZ_INPUTS={Inputs}");
        for (var i = 0; i < Inputs; i++) once();
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
