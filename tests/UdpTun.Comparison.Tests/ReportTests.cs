using System.Text.Json;
using System.Xml.Linq;
using UdpTun.Comparison.Contenders;
using UdpTun.Comparison.Measures;
using UdpTun.Comparison.Reports;

namespace UdpTun.Comparison.Tests;

public sealed class ReportTests
{
    private readonly Contender _kernel = new KernelForwarding();
    private readonly Contender _relay = new Relay("tools");
    private readonly Contender _socat = new Socat();
    private readonly Contender _fastd = new Fastd();
    private readonly Contender _ours = new Ours();
    private readonly Results _results = new("a machine", 3, 2);

    public ReportTests()
    {
        Add(_kernel, Measure.TcpUp, 10, 12, 11);
        Add(_relay, Measure.TcpUp, 5, 4, 6);
        Add(_socat, Measure.TcpUp, 0.3, 0.5, 0.4);
        Add(_fastd, Measure.TcpUp, 0.6, 0.5, 0.7);
        Add(_ours, Measure.TcpUp, 6, 5.5, 5);
        _results.Miss(new WireGuardGo(), "no such\nprogram");
    }

    [Fact]
    public void Median_should_be_taken_over_the_rounds() => Assert.Equal(5.5, _results.Median("udptun", Measure.TcpUp));

    [Fact]
    public void Best_peer_should_be_the_fastest_tunnel_that_people_use() => Assert.Equal(0.6, _results.BestPeer(Measure.TcpUp));

    [Theory]
    [InlineData("at least 0.95 of relay", 1.1, true)]
    [InlineData("at least 0.55 of kernel", 0.5, false)]
    [InlineData("at least 10 of fastd-null", 5.5 / 0.6, false)]
    public void Target_should_compare_the_medians(string aim, double reached, bool holds)
    {
        var target = Target.Of(_results).First(target => target.What == Measure.TcpUp.Title && target.Aim == aim);

        Assert.Equal(reached, target.Reached!.Value, 6);
        Assert.Equal(holds, target.Holds);
    }

    [Theory]
    [InlineData("at least 5 of wireguard-go", 6, true)]
    [InlineData("at least 2 of wireguard-go-new", 1.5, false)]
    public void Secure_target_should_compare_with_each_wireguard(string aim, double reached, bool holds)
    {
        Add(new WireGuardGo(), Measure.TcpUp, 0.5);
        Add(new WireGuardGo("wireguard-go-new"), Measure.TcpUp, 2);
        Add(new OursSecure(), Measure.TcpUp, 3);

        var target = Target.OfSecure(_results).First(target => target.What == Measure.TcpUp.Title && target.Aim == aim);

        Assert.Equal((reached, holds), (target.Reached!.Value, target.Holds));
    }

    [Fact]
    public void Target_should_not_hold_when_a_side_of_it_was_not_measured()
    {
        var target = Target.Of(_results).First(target => target.What == Measure.RttIdle.Title);

        Assert.Equal(("not measured", false), (target.Figure, target.Holds));
    }

    [Fact]
    public void Text_should_name_who_is_missing_and_why() =>
        Assert.Contains("could not be had: no such program", TextReport.Write(_results));

    [Fact]
    public void Every_report_should_tell_what_was_left_out_and_why()
    {
        const string Told = "socat, round 2: TCP up: iperf3: no JSON";
        _results.LeaveOut(_socat, 2, Measure.TcpUp.Title, "iperf3: no\nJSON");

        Assert.All(
            new[] { TextReport.Write(_results), JsonReport.Write(_results), MarkdownReport.Write(_results, "picture.svg", profile: null) },
            report => Assert.Contains(Told, report));
    }

    [Fact]
    public void Page_should_lead_to_the_latest_profile_when_a_target_is_missed()
    {
        var folder = Directory.CreateTempSubdirectory("udptun-report-");
        try
        {
            foreach (var profile in new[] { "profile-2026-11-25.md", "profile-2026-11-26.md" }) File.WriteAllText(Path.Combine(folder.FullName, profile), "");

            ReportFiles.Write(_results, folder.FullName);

            Assert.Contains("(profile-2026-11-26.md)", File.ReadAllText(Assert.Single(folder.GetFiles("comparison-*.md")).FullName));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Picture_should_hold_a_bar_and_a_number_for_each_contender()
    {
        XNamespace svg = "http://www.w3.org/2000/svg";
        var panel = XDocument.Parse(SvgPicture.Write(_results)).Root!.Elements(svg + "g").First();

        Assert.Equal(5, panel.Elements(svg + "rect").Count());
        Assert.Equal(
            ["11.0", "5.00", "0.400", "0.600", "5.50"],
            panel.Elements(svg + "text").Where(text => (string?)text.Attribute("class") == "value").Select(text => text.Value));
    }

    [Fact]
    public void Json_should_hold_every_round()
    {
        using var json = JsonDocument.Parse(JsonReport.Write(_results));

        Assert.Equal(1, json.RootElement.GetProperty("schema").GetInt32());
        var ours = json.RootElement.GetProperty("contenders").EnumerateArray().Single(one => one.GetProperty("name").GetString() == "udptun");
        Assert.Equal([6, 5.5, 5], ours.GetProperty("values").GetProperty("tcpUp").EnumerateArray().Select(value => value.GetDouble()));
    }

    private void Add(Contender contender, Measure measure, params double[] values)
    {
        foreach (var value in values) _results.Add(contender, new Dictionary<Measure, double> { [measure] = value });
    }
}
