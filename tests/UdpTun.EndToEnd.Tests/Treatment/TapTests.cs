using System.Text.Json;
using System.Text.RegularExpressions;
using UdpTun.EndToEnd.Tests.Harness;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests.Treatment;

/// <summary>Captures of flows, read back by tshark.</summary>
public sealed class TapTests(ITestOutputHelper output)
{
    private const int Success = 0;
    private const int Failure = 1;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [SkippableFact]
    public async Task Tap_of_a_peer_should_hold_both_views_with_right_checksums_and_lose_nothing_uncounted_at_full_speed()
    {
        await using var net = new Topology(output);
        await net.StartTunnel();
        await net.LaunchForeign(net.Internet, "iperf3", "-s", "--forceflush").UntilPrinted("listening", TunnelProcess.StartLimit);
        net.Client.Run("ping", "-c1", "203.0.113.10");
        var file = Path.Combine(net.StateDirectory, "peer.pcapng");
        var tap = net.Launch(net.Server, "tap", "10.77.1.2", "-w", file, "--json");
        await tap.UntilLogged("tapping", Patience);

        net.Client.Run("iperf3", "-c", "203.0.113.10", "-n", "20M");
        net.Client.Run("iperf3", "-c", "203.0.113.10", "-n", "20M", "-R");
        Assert.Equal(Success, await tap.Stop(2));

        var told = JsonDocument.Parse(tap.Output).RootElement;
        var (inner, outer) = (Kept(told, "inner"), Kept(told, "outer"));
        Assert.True(inner > 1000 && outer > 1000, tap.Output);
        var frames = Frames(file);
        Assert.Equal((inner, outer), (frames.Count(frame => frame.StartsWith("inner")), frames.Count(frame => frame.StartsWith("outer"))));
        Assert.Equal([], frames.Where(frame => !frame.Contains("|Good|Good|")).Take(3));
        Assert.True(frames.Count(frame => frame.Contains("|opened session tcp-")) >= 2);
        Assert.True(frames.Count(frame => frame.StartsWith("outer|192.168.61.123|") && frame.Contains("translated to 192.168.61.123:")) > 500);
    }

    [SkippableFact]
    public async Task Tap_of_a_flow_should_hold_its_decisions_and_end_after_the_time_it_was_given()
    {
        await using var net = new Topology(output);
        await net.StartTunnel();
        net.LaunchForeign(net.Client, "ping", "-i0.1", "203.0.113.10");
        await Eventually.Holds("a session", Patience, () => net.Try(net.Server, "flow", "icmp-1", "limit", "off").ExitCode == Success);
        // Before the tap, which does not wait for it; towards the internet packets still pass.
        Assert.Equal(Success, net.Try(net.Server, "flow", "icmp-1", "fault", "blackhole", "way=inbound").ExitCode);
        var file = Path.Combine(net.StateDirectory, "flow.pcapng");
        var tap = net.Launch(net.Server, "tap", "icmp-1", "-w", file, "--seconds", "4");
        await tap.UntilLogged("tapping icmp-1 (1 flow so far)", Patience);
        Assert.Equal(Success, await tap.UntilExited(Patience));

        Assert.Matches(@"flow\.pcapng: \d+ packets inside, \d+ packets behind the NAT", tap.Output);
        Assert.True(Count(file, "frame.comment contains \"icmp-1: source 10.61.0.2:\"") > 0);
        Assert.True(Count(file, "frame.comment contains \"icmp-1: dropped, FaultInjected\" && ip.src == 203.0.113.10") > 0);
        Assert.Equal(1, Count(file, "frame.comment contains \"open before the tap\""));
    }

    [SkippableFact]
    public async Task Full_disk_should_be_told_and_leave_a_capture_that_opens()
    {
        await using var net = new Topology(output);
        await net.StartTunnel();
        net.LaunchForeign(net.Client, "ping", "-i0.002", "-s1200", "203.0.113.10");
        await Eventually.Holds("a session", Patience, () => net.Try(net.Server, "flow", "icmp-1", "limit", "off").ExitCode == Success);
        var (disk, saved) = (Path.Combine(net.StateDirectory, "disk"), Path.Combine(net.StateDirectory, "saved.pcapng"));
        Directory.CreateDirectory(disk);

        // A mount of its own that goes with the shell.
        var result = net.Server.Try(
            "unshare", "-m", "sh", "-c",
            $"mount -t tmpfs -o size=256k none {disk} && {TunnelProcess.Program} tap icmp-1 -w {disk}/full.pcapng "
                + $"--state-directory {net.StateDirectory}; code=$?; cp {disk}/full.pcapng {saved}; exit $code");

        Assert.Equal(Failure, result.ExitCode);
        Assert.Contains("full.pcapng cannot be written any more: No space left on device", result.Error);
        Assert.InRange(new FileInfo(saved).Length, 200_000, 256 << 10);
        Assert.True(Count(saved, "icmp") > 50);
        // Nothing is left of the tap: the server still serves, and another may begin.
        Assert.Equal(Success, net.Try(net.Server, "tap", "icmp-1", "-w", "/dev/null", "--seconds", "0.5").ExitCode);
    }

    [SkippableFact]
    public async Task Capture_should_be_piped_on_and_end_with_the_reader()
    {
        await using var net = new Topology(output);
        await net.StartTunnel();
        net.LaunchForeign(net.Client, "ping", "-i0.05", "203.0.113.10");
        await Eventually.Holds("a session", Patience, () => net.Try(net.Server, "flow", "icmp-1", "limit", "off").ExitCode == Success);

        var piped = net.Server.Try(
            "sh", "-c", $"{TunnelProcess.Program} tap icmp-1 -w - --seconds 4 --state-directory {net.StateDirectory} | tshark -r - -T fields -e frame.interface_name");

        Assert.Contains("inner\n", piped.Output);
        Assert.Contains("outer\n", piped.Output);
    }

    private static long Kept(JsonElement told, string side) =>
        told.GetProperty(side).GetInt64() - told.GetProperty($"{side}Missed").GetInt64();

    /// <summary>Interface, source, the states of both checksums and the comment of each TCP packet.</summary>
    // Where a checksum comes out as 0 the kernel writes its other form, 0xffff, in TCP too (skb_checksum_help); tshark takes that for wrong.
    private static string[] Frames(string file) => Command.Run(
        "tshark", "-r", file, "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-Y", "tcp", "-T", "fields", "-E", "separator=|",
        "-e", "frame.interface_name", "-e", "ip.src", "-e", "ip.checksum.status", "-e", "tcp.checksum.status",
        "-e", "tcp.checksum", "-e", "tcp.checksum_calculated", "-e", "frame.comment")
        .Replace("|1|1|", "|Good|Good|").Replace("|1|0|0xffff|0x0000|", "|Good|Good|0xffff|0x0000|").Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static long Count(string file, string filter)
    {
        var frames = Command.Run("tshark", "-r", file, "-Y", filter, "-T", "fields", "-e", "frame.number");
        return Regex.Count(frames, @"(?m)^\d+$");
    }
}
