#if !DEBUG
using System.Reflection.PortableExecutable;

namespace UdpTun.EndToEnd.Tests;

/// <summary>What a Release build of the program is made of (ADR 0010).</summary>
public sealed class ProgramBuildTests
{
    [Theory]
    [InlineData("udptun.dll")]
    [InlineData("UdpTun.Net.dll")]
    [InlineData("UdpTun.Actors.dll")]
    [InlineData("Akka.dll")]
    public void Assembly_should_be_compiled_ahead_of_time(string name)
    {
        using var assembly = new PEReader(File.OpenRead(Beside(name)));

        Assert.NotEqual(0, assembly.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size);
    }

    [Fact]
    public void Runtime_should_be_told_how_much_garbage_may_gather() =>
        Assert.Contains("\"System.GC.Gen0MaxBudget\": 2097152", File.ReadAllText(Beside("udptun.runtimeconfig.json")));

    private static string Beside(string name) => Path.Combine(Path.GetDirectoryName(TunnelProcess.Program)!, name);
}
#endif
