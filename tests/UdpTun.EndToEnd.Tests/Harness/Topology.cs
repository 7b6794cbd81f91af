using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests.Harness;

/// <summary>The world of one test, told in the test's output; without namespaces the test is skipped.</summary>
internal sealed class Topology(ITestOutputHelper output) : TunnelTopology(Requiring(output))
{
    /// <summary>Skips the running test, saying why, on a machine that has no namespaces for us.</summary>
    private static Action<string> Requiring(ITestOutputHelper output)
    {
        Skip.If(NamespaceSupport.Obstacle is not null, NamespaceSupport.Obstacle);
        return output.WriteLine;
    }
}
