using System.Runtime.CompilerServices;
using UdpTun.Host.Cli;
using UdpTun.Host.Configuration;
using UdpTun.Host.Configuration.Hocon;
using UdpTun.Host.Reload;

namespace UdpTun.Host.Tests.Reload;

/// <summary>The table of what is live, beside reference.conf, which marks it for people.</summary>
public sealed class SettingLifeTests
{
    private const string Mark = "# live";

    private static readonly string[] Lines = File.ReadAllLines(PathOf());

    private static readonly IReadOnlyList<ConfigEntry> Entries =
        [.. HoconFileReader.Read(string.Join('\n', Lines), "reference.conf").Where(entry => entry.Value is not ConfigValue.Section)];

    [Fact]
    public void Every_setting_should_have_an_answer() => Assert.All(Entries, entry => SettingLife.WhyItWaits(entry.Key));

    [Fact]
    public void No_answer_should_be_without_a_setting() => Assert.All(SettingLife.Entries, answer =>
        Assert.Contains(Entries, entry => entry.Key == answer || (answer.EndsWith('.') && entry.Key.StartsWith(answer, StringComparison.Ordinal))));

    [Fact]
    public void Reference_should_mark_what_is_live_and_nothing_else() => Assert.All(Entries, entry =>
    {
        var line = int.Parse(entry.Origin.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture) - 1;
        // A list over several lines bears the mark behind its end.
        while (Lines[line].TrimEnd().EndsWith('[') || Lines[line].TrimEnd().EndsWith(',') || Lines[line].TrimEnd().EndsWith('"') && Lines[line + 1].Trim().StartsWith(']')) line++;
        Assert.True(Lines[line].EndsWith(Mark, StringComparison.Ordinal) == SettingLife.IsLive(entry.Key), $"{entry.Key}: {Lines[line]}");
    });

    [Theory]
    [InlineData("udptun.nat.timeouts.udp", true)]
    [InlineData("udptun.secure.peer.max-rate", true)]
    [InlineData("udptun.server.listen", false)]
    [InlineData("akka.scheduler.tick-duration", false)]
    public void Answer_should_be_the_settings_own_or_its_sections(string key, bool isLive) => Assert.Equal(isLive, SettingLife.IsLive(key));

    [Fact]
    public void Setting_that_nobody_has_thought_of_should_be_a_fault() =>
        Assert.Throws<KeyNotFoundException>(() => SettingLife.IsLive("udptun.nat.colour"));

    [Theory]
    [InlineData("udptun.nat.ports", "server")]
    [InlineData("udptun.client.routes", "client dump echo")]
    [InlineData("udptun.tun.mtu", "server client dump echo")]
    [InlineData("udptun.udp.offload", "server client")]
    [InlineData("udptun.secure.new-peer.endpoint", "")]
    public void Setting_should_concern_who_looks_at_it(string key, string roles) => Assert.Equal(
        roles.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        new[] { Role.Server, Role.Client, Role.Dump, Role.Echo }.Where(role => SettingLife.Concerns(key, role)).Select(role => role.ToString().ToLowerInvariant()));

    private static string PathOf([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "hocon", "reference.conf"));
}
