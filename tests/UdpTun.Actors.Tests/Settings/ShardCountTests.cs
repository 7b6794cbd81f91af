using UdpTun.Actors.Settings;
using UdpTun.Actors.Settings.Reading;

namespace UdpTun.Actors.Tests.Settings;

public sealed class ShardCountTests
{
    [Theory]
    [InlineData("auto", 1, 1)]
    [InlineData("auto", 3, 1)]
    [InlineData("auto", 4, 2)]
    [InlineData("auto", 6, 3)]
    [InlineData("auto", 64, 4)]
    [InlineData("1", 64, 1)]
    [InlineData("16", 1, 16)]
    public void Count_should_be_as_set_or_suit_the_cores(string setting, int cores, int expected) =>
        Assert.Equal(new ShardCount(expected, null), ShardCount.Of(ReferenceConfig.Read($"udptun.shards = {setting}"), cores));

    [Fact]
    public void Count_should_never_exceed_the_ports_by_itself() =>
        Assert.Equal(2, ShardCount.Of(ReferenceConfig.Read("udptun.nat.ports = \"20000-20001\""), 64).Count);

    [Theory]
    [InlineData("udptun.server.exit = echo", "exit echo")]
    [InlineData("udptun.nat.static-mappings = [\"tcp 20080 -> 10.61.0.2:80\"]", "udptun.nat.static-mappings")]
    [InlineData("udptun.nat.port-selection = preserve", "udptun.nat.port-selection")]
    [InlineData(
        "udptun { server.inner-routes = [\"10.61.0.0/16\"], nat.untranslated-destinations = [\"198.51.100.0/24\"] }",
        "udptun.nat.untranslated-destinations")]
    public void Count_should_be_one_and_say_why_where_a_setting_allows_no_more(string line, string why)
    {
        foreach (var setting in new[] { "2", "auto" })
        {
            var (count, obstacle) = ShardCount.Of(ReferenceConfig.Read($"{line}\nudptun.shards = {setting}"), cores: 8);
            Assert.Equal(1, count);
            Assert.Contains(why, obstacle);
        }

        Assert.Null(ShardCount.Of(ReferenceConfig.Read($"{line}\nudptun.shards = 1"), cores: 8).Obstacle);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("17")]
    [InlineData("two")]
    public void Settings_should_be_refused_with_another_number(string setting)
    {
        var refused = Assert.Throws<SettingsException>(() => ReferenceConfig.Read($"udptun.shards = {setting}"));
        Assert.Contains("a whole number from 1 to 16 (event loops)", refused.Message);
    }
}
