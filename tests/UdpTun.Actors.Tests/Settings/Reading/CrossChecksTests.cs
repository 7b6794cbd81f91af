using UdpTun.Actors.Settings.Reading;

namespace UdpTun.Actors.Tests.Settings.Reading;

public sealed class CrossChecksTests
{
    [Theory]
    [InlineData("udptun.nat.ports", "a range without the port of udptun.server.listen (20000)", "udptun.server.listen = \"0.0.0.0:20000\"")]
    [InlineData("udptun.nat.ports", "a range without the port of udptun.server.listen (9877)", "udptun.nat.ports = \"1024-9877\"")]
    [InlineData("udptun.nat.address", "'192.168.61.1'", "udptun.nat.address = \"192.168.61.1\"")]
    [InlineData("udptun.nat.address", "(192.168.61.1/24)", "udptun.nat.address = \"192.168.62.5\"")]
    [InlineData("udptun.nat.address", "'192.168.61.0'", "udptun.nat.address = \"192.168.61.0\"")]
    [InlineData("udptun.nat.address", "'192.168.61.255'", "udptun.nat.address = \"192.168.61.255\"")]
    [InlineData("udptun.nat.address", "(192.168.61.1/32)", "udptun.server.address = \"192.168.61.1/32\"")]
    [InlineData("udptun.nat.address6", "'fd61::1'", "udptun.nat.address6 = \"fd61::1\"")]
    [InlineData("udptun.nat.address6", "(fd61::1/64)", "udptun.nat.address6 = \"fd62::5\"")]
    [InlineData("udptun.nat.address6", "'fd61::'", "udptun.nat.address6 = \"fd61::\"")]
    [InlineData("udptun.nat.address6", "(fd61::1/128)", "udptun.server.address6 = \"fd61::1/128\"")]
    [InlineData("udptun.reopen.max-backoff", "udptun.reopen.min-backoff (10s)", "udptun.reopen.min-backoff = 10s")]
    [InlineData("udptun.server.uplink", "udptun.tun.name", "udptun { server.uplink = tun0, tun.name = tun0 }")]
    [InlineData("udptun.server.routed-addresses", "is empty, but must name the outer addresses", "udptun.server.exit = routed")]
    [InlineData("udptun.server.routed-addresses", "'192.168.61.7'", "udptun.server.routed-addresses = [\"192.168.61.7\"]")]
    [InlineData("udptun.server.routed-addresses", "'fd61::7'", "udptun.server.routed-addresses = [\"fd61::7\"]")]
    [InlineData("udptun.server.inner-routes", "is empty, but must name the inner addresses", "udptun.nat.untranslated-destinations = [\"198.51.100.0/24\"]")]
    [InlineData("udptun.server.inner-routes", "'0.0.0.0/0'", "udptun.server.inner-routes = [\"0.0.0.0/0\"]")]
    [InlineData("udptun.server.inner-routes", "'192.168.0.0/16'", "udptun.server.inner-routes = [\"192.168.0.0/16\"]")]
    [InlineData("udptun.server.inner-routes", "'192.168.61.64/26'", "udptun.server.inner-routes = [\"192.168.61.64/26\"]")]
    [InlineData("udptun.server.inner-routes", "'fd61::/96'", "udptun.server.inner-routes = [\"fd61::/96\"]")]
    [InlineData("udptun.server.inner-routes", "'203.0.113.0/24'", "udptun.server { routed-addresses = [\"203.0.113.10\"], inner-routes = [\"203.0.113.0/24\"] }")]
    [InlineData("udptun.nat.static-mappings", "is 'tcp 80', but must be a list of entries such as \"tcp 20080 -> 10.61.0.2:80\"", "udptun.nat.static-mappings = [\"tcp 80\"]")]
    [InlineData("udptun.nat.static-mappings", "has 'tcp 80 -> 10.61.0.2:80': port 80 is not in udptun.nat.ports", "udptun.nat.static-mappings = [\"tcp 80 -> 10.61.0.2:80\"]")]
    [InlineData("udptun.nat.static-mappings", "port 20080 is that of 'tcp 20080 -> 10.61.0.2:80' too",
        "udptun.nat.static-mappings = [\"tcp 20080 -> 10.61.0.2:80\", \"tcp 20080 -> 10.61.0.3:80\"]")]
    [InlineData("udptun.nat.static-mappings", "'tcp 20080 -> 10.61.0.2:80' leads to 10.61.0.2:80 too",
        "udptun.nat.static-mappings = [\"tcp 20080 -> 10.61.0.2:80\", \"tcp 20081 -> 10.61.0.2:80\"]")]
    [InlineData("udptun.shards", "no more than udptun.nat.ports has ports (3)", "udptun { shards = 4, nat.ports = \"20000-20002\" }")]
    public void Settings_should_be_refused_when_they_clash(string key, string sentence, string line)
    {
        var refused = Assert.Throws<SettingsException>(() => ReferenceConfig.Read(line));

        Assert.Equal(key, refused.Key);
        Assert.Contains(sentence, refused.Message);
    }

    [Theory]
    [InlineData("udptun { server.address = \"10.0.0.0/31\", nat.address = \"10.0.0.1\" }")]
    [InlineData("udptun { server.address6 = \"fd61::1/127\", nat.address6 = \"fd61::\" }")]
    [InlineData("udptun { server.address6 = \"fd61::1/64\", nat.address6 = \"fd61::ffff:ffff:ffff:ffff\" }")]
    [InlineData("udptun { server.address6 = \"\", nat.address6 = \"fd99::5\" }")]
    [InlineData("udptun { nat.address6 = \"\" }")]
    [InlineData("udptun { nat.ports = \"1024-9876\" }")]
    [InlineData("udptun.nat.static-mappings = [\"tcp 20080 -> 10.61.0.2:80\", \"udp 20080 -> 10.61.0.2:80\"]")]
    [InlineData("udptun { server.exit = routed, server.routed-addresses = [\"203.0.113.10\"], nat.ports = \"9877-9877\" }")]
    [InlineData("udptun { server.inner-routes = [\"10.61.0.0/16\", \"fd62::/64\"], nat.untranslated-destinations = [\"198.51.100.0/24\"] }")]
    [InlineData("udptun { shards = 3, nat.ports = \"20000-20002\" }")]
    [InlineData("udptun.reopen { min-backoff = 3s, max-backoff = 3s }")]
    public void Settings_should_be_taken_when_they_just_fit(string line) => ReferenceConfig.Read(line);
}
