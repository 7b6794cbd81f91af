using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>What a monitoring system sees of a server.</summary>
public sealed partial class MetricsTests(ITestOutputHelper output)
{
    private const int Port = 9878;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly string[] Listen = ["--set", $"udptun.metrics.listen=127.0.0.1:{Port}"];

    [GeneratedRegex(@"\b(?:udptun|dotnet|network)_[a-z0-9_]+")]
    private static partial Regex NamesInExpressions();

    [GeneratedRegex("^([a-z_]+)", RegexOptions.Multiline)]
    private static partial Regex NamesOfMetrics();

    [GeneratedRegex("([a-z_]+)=\"")]
    private static partial Regex NamesOfLabels();

    private static string Deployed(string file, [CallerFilePath] string here = "") =>
        File.ReadAllText(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "deploy", file));

    [SkippableFact]
    public async Task Everything_that_dashboard_and_alerts_name_should_be_in_a_scrape()
    {
        await using var net = new Topology(output);
        // Two shards and a journal: then there is everything.
        await net.StartServer(["--set", "udptun.shards=2", "--set", $"udptun.journal.directory={net.StateDirectory}/journal", .. Listen]);
        var (status, scrape) = await Web.Await(net.Server, Port, "/metrics");
        Assert.Equal(200, status);
        var known = NamesOfMetrics().Matches(scrape).Concat(NamesOfLabels().Matches(scrape)).Select(match => match.Groups[1].Value).ToHashSet();

        foreach (var file in new[] { "grafana/udptun.json", "prometheus/udptun.rules.yml" })
        {
            // Grafana's queries name the panels' data source by this word.
            var named = NamesInExpressions().Matches(Deployed(file)).Select(match => match.Value).Distinct().ToList();
            Assert.True(named.Count > 5, file);
            Assert.Empty(named.Except(known));
        }

        foreach (Match reason in Regex.Matches(Deployed("prometheus/udptun.rules.yml"), "udptun_drop_reason=~\"([a-z_|]+)\""))
            Assert.All(reason.Groups[1].Value.Split('|'), word => Assert.Contains($"udptun_drop_reason=\"{word}\"", scrape));
    }

    [SkippableFact]
    public async Task Scrape_should_count_what_passes_and_name_nobody()
    {
        await using var net = new Topology(output);
        net.Use(new UdpEchoHost(net.Internet, Topology.InternetHost));
        await net.StartTunnel(Listen);
        using var visitor = new UdpVisitor(net.Client, Topology.InternetHost);
        Assert.True(await visitor.IsEchoed());
        var scrape = (await Web.Await(net.Server, Port, "/metrics")).Body;
        Assert.Matches("(?m)^udptun_nat_session_count\\{.*udptun_shard=\"0\"\\} [1-9]", scrape);
        Assert.Matches("(?m)^udptun_network_io_bytes_total\\{.*network_io_direction=\"transmit\",udptun_end=\"tun\"\\} [1-9]", scrape);
        Assert.DoesNotMatch(@"\d+\.\d+\.\d+\.\d+", scrape);
    }

    [SkippableFact]
    public async Task Health_should_follow_the_devices()
    {
        await using var net = new Topology(output);
        await net.StartServer([.. Listen, "--set", "udptun.reopen.min-backoff=8s", "--set", "udptun.reopen.max-backoff=8s", "--set", "udptun.reopen.check-interval=200ms"]);
        Assert.Equal((200, 200), ((await Web.Await(net.Server, Port, "/livez")).Status, (await Web.Get(net.Server, Port, "/readyz")).Status));
        Assert.DoesNotMatch("\"trouble\":\"", (await Web.Get(net.Server, Port, "/readyz")).Body);
        Assert.Equal(404, (await Web.Get(net.Server, Port, "/")).Status);

        net.Server.Ip("link del servertun");
        var troubled = "";
        await Eventually.Holds("the server is not ready", Patience, async () =>
        {
            (var status, troubled) = await Web.Get(net.Server, Port, "/readyz");
            return status == 503;
        });
        Assert.Contains("not open: servertun", troubled);
        Assert.Equal(200, (await Web.Get(net.Server, Port, "/livez")).Status);
        await Eventually.Holds("the server is ready again", Patience, async () => (await Web.Get(net.Server, Port, "/readyz")).Status == 200);
    }

    [SkippableFact]
    public async Task Metrics_should_be_sent_by_otlp_where_asked_for()
    {
        await using var net = new Topology(output);
        using var collector = net.Server.OpenTcp(AddressFamily.InterNetwork);
        collector.Bind(new IPEndPoint(IPAddress.Loopback, 4318));
        collector.Listen();
        await net.StartServer("--set", "udptun.metrics.otlp-endpoint=http://127.0.0.1:4318/v1/metrics", "--set", "udptun.metrics.otlp-interval=1s");
        using var limit = new CancellationTokenSource(Patience);
        using var connection = await collector.AcceptAsync(limit.Token);
        var received = new StringBuilder();
        var buffer = new byte[65536];
        while (!received.ToString().Contains("udptun.nat.session.count", StringComparison.Ordinal))
        {
            var count = await connection.ReceiveAsync(buffer, limit.Token);
            Assert.NotEqual(0, count);
            received.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }

        Assert.StartsWith("POST /v1/metrics HTTP/1.1", received.ToString());
        Assert.Equal(0, (await Web.Get(net.Server, Port, "/metrics")).Status); // off unless asked for
    }

    [SkippableFact]
    public async Task Port_that_is_taken_should_stop_the_start_with_its_setting()
    {
        await using var net = new Topology(output);
        using var other = net.Server.OpenTcp(AddressFamily.InterNetwork);
        other.Bind(new IPEndPoint(IPAddress.Loopback, Port));
        other.Listen();
        var server = net.Launch(net.Server, ["--role", "server", .. Topology.Plain, .. Listen]);
        Assert.Equal(1, await server.UntilExited(TunnelProcess.StartLimit));
        Assert.Contains($"udptun: metrics cannot be had at 127.0.0.1:{Port}: ", server.Log);
        Assert.Contains("choose another udptun.metrics.listen", server.Log);
    }
}
