using UdpTun.Actors.Settings;
using UdpTun.Host.Cli;
using UdpTun.Host.Configuration;
using UdpTun.Host.Reload;

namespace UdpTun.Host.Tests.Reload;

public sealed class ConfigurationChangeTests
{
    private static LoadedConfiguration Load(params string[] lines)
    {
        using var file = new ConfigFile(["udptun.transport = plain", .. lines]);
        return new HoconLoader().Load(new RunOptions(Role.Server, [file.Path], [], Hex: false), new Dictionary<string, string>());
    }

    private static ConfigurationChange Change(
        LoadedConfiguration before, LoadedConfiguration now, Role role = Role.Server, Func<TunnelSettings, (string, string)?>? obstacle = null) =>
        ConfigurationChange.Between(before.ByKey(), now, role, obstacle ?? (_ => null));

    private static IEnumerable<string> Keys(IEnumerable<SettingChange> changes) => changes.Select(change => change.Key);

    [Fact]
    public void Live_settings_should_be_taken_and_the_others_wait()
    {
        var change = Change(
            Load("udptun.nat.timeouts.udp = 300s", "udptun.tun.mtu = 1400"),
            Load("udptun.nat.timeouts.udp = 60s", "udptun.tun.mtu = 1300", "udptun.log.level = debug"));

        Assert.Equal(["udptun.nat.timeouts.udp", "udptun.log.level"], Keys(change.Taken));
        Assert.Equal(("300s", "60s", true), (change.Taken[0].Before, change.Taken[0].Now, change.Taken[0].Origin.EndsWith(".conf:2", StringComparison.Ordinal)));
        Assert.Equal("udptun.tun.mtu", Assert.Single(change.Waiting).Key);
        Assert.Equal((TimeSpan.FromSeconds(60), 1400), (change.Settings.Nat.Timeouts.Udp, change.Settings.Tun.Mtu));
    }

    [Fact]
    public void Setting_that_waits_should_be_named_again_until_it_is_as_it_runs()
    {
        var running = Load("udptun.tun.mtu = 1400");
        var first = Change(running, Load("udptun.tun.mtu = 1300", "udptun.nat.port-rest = 5s"));
        var second = ConfigurationChange.Between(first.Entries, Load("udptun.tun.mtu = 1300", "udptun.nat.port-rest = 5s"), Role.Server, _ => null);
        var third = ConfigurationChange.Between(second.Entries, Load("udptun.tun.mtu = 1400"), Role.Server, _ => null);

        Assert.Equal((0, "udptun.tun.mtu"), (second.Taken.Count, Assert.Single(second.Waiting).Key));
        Assert.Equal(("udptun.nat.port-rest", 0), (Assert.Single(third.Taken).Key, third.Waiting.Count));
    }

    [Fact]
    public void Live_setting_that_leans_on_one_that_waits_should_wait_with_it()
    {
        var change = Change(
            Load("udptun.nat.ports = \"20000-20999\""),
            Load("udptun.nat.ports = \"30000-30999\"", "udptun.nat.static-mappings = [\"tcp 30080 -> 10.61.0.2:80\"]", "udptun.nat.port-rest = 5s"));

        Assert.Equal(["udptun.nat.port-rest"], Keys(change.Taken));
        Assert.Equal(["udptun.nat.ports", "udptun.nat.static-mappings"], Keys(change.Waiting).Order(StringComparer.Ordinal));
        Assert.Contains("port 30080 is not in udptun.nat.ports (20000-20999)", change.Waiting[1].Why);
        Assert.Empty(change.Settings.Nat.StaticMappings);
    }

    [Fact]
    public void Two_that_do_not_fit_together_before_a_restart_should_be_refused_when_neither_can_wait()
    {
        var running = Load("udptun.server.inner-routes = [\"10.61.0.0/16\"]", "udptun.nat.untranslated-destinations = [\"198.51.100.0/24\"]");
        // Both are right; but with the routes that run nothing may be wrong either.
        var change = Change(running, Load());

        Assert.Equal("udptun.server.inner-routes", Assert.Single(change.Waiting).Key);
        Assert.Equal("udptun.nat.untranslated-destinations", Assert.Single(change.Taken).Key);
        var refused = Assert.Throws<ConfigurationException>(() => Change(Load(), Load(
            "udptun.server.inner-routes = [\"10.61.0.0/16\"]", "udptun.nat.untranslated-destinations = [\"198.51.100.0/24\"]")));
        Assert.Contains("udptun.server.inner-routes is empty", refused.Message);
    }

    [Fact]
    public void What_the_line_cannot_do_should_wait()
    {
        var change = Change(Load(), Load("udptun.nat.port-selection = preserve", "udptun.nat.port-rest = 5s"), obstacle: settings =>
            settings.Nat.PortSelection == Net.Nat.PortSelection.Preserve ? ("udptun.nat.port-selection", "there are two shards") : null);

        Assert.Equal(("udptun.nat.port-selection", "there are two shards"), (Assert.Single(change.Waiting).Key, change.Waiting[0].Why));
        Assert.Equal(["udptun.nat.port-rest"], Keys(change.Taken));
    }

    [Fact]
    public void What_the_line_cannot_have_at_all_should_be_refused()
    {
        var refused = Assert.Throws<ConfigurationException>(() => Change(Load(), Load("udptun.nat.port-rest = 5s"), obstacle: _ =>
            throw new Actors.Settings.Reading.SettingsException("udptun.nat.port-rest", "no rest for anybody")));

        Assert.Matches(@"\.conf:2: no rest for anybody$", refused.Message);
    }

    [Fact]
    public void Settings_of_other_roles_should_be_nobodys_business()
    {
        var change = Change(Load(), Load("udptun.nat.ports = \"30000-30999\"", "udptun.server.max-clients = 3", "udptun.client.address = \"10.61.0.9/32\""), Role.Client);

        Assert.Equal(("udptun.client.address", 0), (Assert.Single(change.Waiting).Key, change.Taken.Count));
    }

    [Fact]
    public void Settings_of_akka_should_wait_and_its_level_be_ours()
    {
        var change = Change(Load(), Load("akka.scheduler.tick-duration = 50ms", "udptun.log.level = error"));

        Assert.Equal(["akka.scheduler.tick-duration"], Keys(change.Waiting));
        Assert.Equal(["udptun.log.level"], Keys(change.Taken));
    }
}
