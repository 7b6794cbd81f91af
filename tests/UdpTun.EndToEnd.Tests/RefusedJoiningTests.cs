using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>
/// A path that takes no joined datagrams (EIO). Since Linux 6.11 only IPsec is one, for which many kernels are not built: strace lets the
/// system call fail in the running program instead.
/// </summary>
public sealed class RefusedJoiningTests(ITestOutputHelper output)
{
    // The 50th call of a thread is one of the upload's, and so is each 20th after it. Those that fail later find nothing joined: their
    // first datagram is lost.
    private static readonly string[] RefusingNowAndThen =
        ["strace", "-D", "-f", "-qq", "-o", "/dev/null", "--seccomp-bpf", "-e", "inject=sendmmsg:error=EIO:when=50+20"];

    [SkippableFact]
    public async Task Upload_should_arrive_whole_and_one_line_tell_of_it_when_the_path_refuses_joined_datagrams()
    {
        await using var net = new Topology(output);
        net.Use(new HttpHost(net.Internet, Topology.InternetHost));
        await net.StartServer();
        var client = net.LaunchForeign(
            net.Client, [.. RefusingNowAndThen, TunnelProcess.Program, "--role", "client", .. Topology.Plain, "--server", "10.77.1.1",
                "--route", "203.0.113.0/24", "--state-directory", net.StateDirectory, .. Offload.Arguments("on")]);
        await client.UntilReady();
        using var visitor = new HttpVisitor(net.Client);
        var payload = new Payload(Seed: 611, 20_000_000);

        var (hash, _) = await visitor.Upload(Topology.InternetHost, payload);

        Assert.Equal(payload.Sha256(), hash);
        Assert.Single(client.Log.Split('\n'), line => line.Contains("the path takes no joined datagrams (EIO)"));
    }
}
