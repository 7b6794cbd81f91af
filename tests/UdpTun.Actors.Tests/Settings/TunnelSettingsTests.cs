using Akka.Configuration;
using UdpTun.Actors.Settings;
using UdpTun.Actors.Settings.Reading;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;

namespace UdpTun.Actors.Tests.Settings;

public sealed class TunnelSettingsTests
{
    [Fact]
    public void Settings_should_hold_what_was_written()
    {
        var settings = ReferenceConfig.Read(
            "udptun.tun { name = tun7, mtu = 1380, queue-length = 500, offload = off }",
            "udptun.udp { receive-buffer = 1MB, send-buffer = 128KiB }",
            "udptun.server { listen = \"[2001:db8::1]:443\", uplink = eth7, allowed-clients = [\"10.1.0.0/16\", \"fd00::/8\"], client-idle-timeout = 2m }",
            "udptun.client { server = \"vpn.example.org\", routes = [\"203.0.113.0/24\", default], address6 = \"\" }",
            "udptun.nat { ports = \"30000-30001\", port-selection = random, sweep-interval = 250ms, timeouts.tcp-established = 3h }",
            "udptun.nat { port-parity = on, port-rest = 0s, max-mappings-per-client = 7, inbound-refresh = on }",
            "udptun.nat.filtering { udp = endpoint-independent, tcp = address-dependent }",
            "udptun.log { level = trace, file = \"/var/log/udptun.log\", max-file-size = 1GiB }");

        Assert.Equal(new TunSettings("tun7", 1380, 500, Offload: false), settings.Tun);
        Assert.Equal(new UdpSettings(1_000_000, 131_072, null, Offload: true), settings.Udp);
        Assert.Equal("[2001:db8::1]:443", settings.Server.Listen.ToString());
        Assert.Equal("eth7", settings.Server.Uplink);
        Assert.Equal([InetPrefix.Parse("10.1.0.0/16"), InetPrefix.Parse("fd00::/8")], settings.Server.AllowedClients);
        Assert.Equal(TimeSpan.FromMinutes(2), settings.Server.ClientIdleTimeout);
        Assert.Equal(new ServerEndpoint("vpn.example.org", 9877), settings.Client.Server);
        Assert.True(settings.Client.RouteEverything);
        Assert.Equal([InetPrefix.Parse("203.0.113.0/24")], settings.Client.Routes);
        Assert.Null(settings.Client.Address6);
        Assert.Equal(new PortRange(30000, 30001), settings.Nat.Ports);
        Assert.Equal(PortSelection.Random, settings.Nat.PortSelection);
        Assert.True(settings.Nat.PortParity);
        Assert.True(settings.Nat.InboundRefresh);
        Assert.Equal(TimeSpan.Zero, settings.Nat.PortRest);
        Assert.Equal(7, settings.Nat.MaxMappingsPerClient);
        Assert.Equal(new NatFiltering(Filtering.EndpointIndependent, Filtering.AddressDependent), settings.Nat.Filtering);
        Assert.Equal(TimeSpan.FromMilliseconds(250), settings.Nat.SweepInterval);
        Assert.Equal(TimeSpan.FromHours(3), settings.Nat.Timeouts.TcpEstablished);
        Assert.Equal(LogVerbosity.Trace, settings.Log.Level);
        Assert.Equal(1 << 30, settings.Log.MaxFileSize);
    }

    [Fact]
    public void Nat_should_be_open_draw_its_ports_and_let_ports_rest_by_default()
    {
        var nat = ReferenceConfig.Read().Nat;

        Assert.Equal((NatFiltering.Open, PortSelection.Random), (nat.Filtering, nat.PortSelection));
        Assert.Equal((false, TimeSpan.FromSeconds(120), 2048), (nat.PortParity, nat.PortRest, nat.MaxMappingsPerClient));
        Assert.False(nat.InboundRefresh);
    }

    [Fact]
    public void Uplink_should_be_open_when_it_is_auto() => Assert.Null(ReferenceConfig.Read("udptun.server.uplink = auto").Server.Uplink);

    [Fact]
    public void Exit_should_be_written_with_dashes() => Assert.Equal(ExitKind.PortRange, ReferenceConfig.Read("udptun.server.exit = port-range").Server.Exit);

    [Fact]
    public void Ports_should_be_all_but_the_low_ones_when_they_are_auto_and_the_addresses_are_routed()
    {
        const string Routed = "udptun.server { exit = routed, routed-addresses = [\"203.0.113.10\", \"2001:db8::10\"] }";

        Assert.Equal(new PortRange(20000, 29999), ReferenceConfig.Read().Nat.Ports);
        var routed = ReferenceConfig.Read(Routed);
        Assert.Equal((new PortRange(1024, 65535), true), (routed.Nat.Ports, routed.Nat.PortClasses));
        Assert.Equal([InetAddress.Parse("203.0.113.10"), InetAddress.Parse("2001:db8::10")], routed.Server.RoutedAddresses);
        Assert.Equal(new PortRange(9000, 9999), ReferenceConfig.Read(Routed, "udptun.nat.ports = \"9000-9999\"").Nat.Ports);
    }

    [Fact]
    public void External_address_should_be_open_when_it_is_auto()
    {
        Assert.Null(ReferenceConfig.Read("udptun.server.external-address = auto").Server.ExternalAddress);
        Assert.Null(ReferenceConfig.Read("udptun.server.external-address6 = auto").Server.ExternalAddress6);
        Assert.Equal(InetAddress.Parse("2001:db8::7"), ReferenceConfig.Read("udptun.server.external-address6 = \"2001:db8::7\"").Server.ExternalAddress6);
        Assert.Equal(InetAddress.Parse("198.51.100.7"), ReferenceConfig.Read("udptun.server.external-address = \"198.51.100.7\"").Server.ExternalAddress);
    }

    [Fact]
    public void Lists_should_be_empty_when_written_so()
    {
        var settings = ReferenceConfig.Read("udptun.client.routes = []", "udptun.server.allowed-clients = []");

        Assert.False(settings.Client.RouteEverything);
        Assert.Empty(settings.Client.Routes);
        Assert.Empty(settings.Server.AllowedClients);
    }

    [Fact]
    public void Key_should_be_named_when_it_is_missing()
    {
        var refused = Assert.Throws<SettingsException>(() => TunnelSettings.Read(ConfigurationFactory.ParseString("udptun { }")));

        Assert.Equal("udptun.transport", refused.Key);
        Assert.Equal("udptun.transport is missing; it must be one of plain, secure", refused.Message);
    }

    [Theory]
    [InlineData("udptun.transport", "pigeon", "one of plain, secure")]
    [InlineData("udptun.state-directory", "run/udptun", "absolute path")]
    [InlineData("udptun.tun.name", "a-very-long-name", "1 to 15 characters")]
    [InlineData("udptun.tun.name", "status", "no verb")]
    [InlineData("udptun.tun.mtu", "1279", "1280 to 9000 (bytes)")]
    [InlineData("udptun.tun.mtu", "9001", "1280 to 9000 (bytes)")]
    [InlineData("udptun.tun.mtu", "many", "'auto' or a whole number from 1280 to 9000 (bytes)")]
    [InlineData("udptun.tun.queue-length", "-1", "16 to 65536 (packets)")]
    [InlineData("udptun.udp.receive-buffer", "4194304", "64KiB to 1GiB with its unit")]
    [InlineData("udptun.udp.send-buffer", "63KiB", "64KiB to 1GiB with its unit")]
    [InlineData("udptun.udp.dscp", "64", "'copy' or a whole number from 0 to 63 (the DS code point)")]
    [InlineData("udptun.udp.dscp", "ef", "'copy' or a whole number from 0 to 63")]
    [InlineData("udptun.line.max-bursts", "0", "4 to 4096 (bursts)")]
    [InlineData("udptun.server.listen", "0.0.0.0", "ADDRESS:PORT")]
    [InlineData("udptun.server.listen", "0.0.0.0:0", "port from 1 to 65535")]
    [InlineData("udptun.server.listen", "0.0.0.0:65536", "port from 1 to 65535")]
    [InlineData("udptun.server.exit", "Masquerade", "one of masquerade, port-range, routed, echo")]
    [InlineData("udptun.server.exit", "1", "one of masquerade, port-range, routed, echo")]
    [InlineData("udptun.server.exit", "portrange", "one of masquerade, port-range, routed, echo")]
    [InlineData("udptun.server.external-address", "2001:db8::1", "'auto' or an IPv4 address")]
    [InlineData("udptun.server.external-address", "Auto", "'auto' or an IPv4 address")]
    [InlineData("udptun.server.uplink", "eth 0", "'auto'")]
    [InlineData("udptun.server.address", "192.168.61.1", "prefix length")]
    [InlineData("udptun.server.address", "192.168.61.1/33", "prefix length")]
    [InlineData("udptun.server.address", "fd61::1/64", "IPv4")]
    [InlineData("udptun.server.address6", "192.168.61.1/24", "IPv6")]
    [InlineData("udptun.server.max-clients", "0", "1 to 65536 (clients)")]
    [InlineData("udptun.server.client-idle-timeout", "600", "10s to 1d with its unit (ms, s, m, h or d)")]
    [InlineData("udptun.server.client-idle-timeout", "25h", "10s to 1d")]
    [InlineData("udptun.client.server", "host:0", "HOST:PORT")]
    [InlineData("udptun.client.address", "10.61.0.2/0", "prefix length")]
    [InlineData("udptun.client.address6", "fd61::2", "prefix length")]
    [InlineData("udptun.nat.address", "fd61::3", "IPv4")]
    [InlineData("udptun.nat.address6", "192.168.61.3", "empty or an IPv6 address")]
    [InlineData("udptun.server.external-address6", "203.0.113.1", "'auto' or an IPv6 address")]
    [InlineData("udptun.nat.ports", "1023-2000", "1024 to 65535")]
    [InlineData("udptun.nat.ports", "3000-2000", "1024 to 65535")]
    [InlineData("udptun.nat.ports", "20000-65536", "1024 to 65535")]
    [InlineData("udptun.nat.port-selection", "parity", "one of preserve, random")]
    [InlineData("udptun.nat.port-parity", "yes", "on or off")]
    [InlineData("udptun.nat.port-rest", "61m", "0s to 1h")]
    [InlineData("udptun.nat.filtering.udp", "full-cone", "one of address-and-port-dependent, address-dependent, endpoint-independent")]
    [InlineData("udptun.nat.filtering.tcp", "EndpointIndependent", "one of address-and-port-dependent, ")]
    [InlineData("udptun.nat.max-mappings-per-client", "0", "1 to 65535 (ports)")]
    [InlineData("udptun.nat.max-sessions-per-client", "1000001", "1 to 1000000 (sessions)")]
    [InlineData("udptun.nat.sweep-interval", "61s", "100ms to 1m")]
    [InlineData("udptun.nat.timeouts.udp", "8d", "1s to 7d")]
    [InlineData("udptun.nat.timeouts.icmp", "1 minute", "1s to 7d")]
    [InlineData("udptun.reopen.min-backoff", "9ms", "10ms to 1m")]
    [InlineData("udptun.reopen.check-interval", "2", "100ms to 1m")]
    [InlineData("udptun.log.level", "verbose", "one of trace, debug, info, warning, error")]
    [InlineData("udptun.log.max-files", "0", "1 to 1000 (files)")]
    [InlineData("udptun.page.open", "on", "one of on-request, at-start, never")]
    [InlineData("udptun.page.listen", "0.0.0.0:9880", "a loopback ADDRESS:PORT")]
    [InlineData("udptun.page.listen", "[::]:9880", "ssh -L 9880:127.0.0.1:9880 SERVER")]
    [InlineData("udptun.page.listen", "192.168.1.1:9880", "a loopback ADDRESS:PORT")]
    [InlineData("udptun.page.listen", "localhost:9880", "a loopback ADDRESS:PORT")]
    [InlineData("udptun.log.summary-interval", "0s", "1s to 1d")]
    public void Value_should_be_refused_in_one_sentence(string key, string value, string allowed)
    {
        var refused = Assert.Throws<SettingsException>(() => ReferenceConfig.Read($"{key} = \"{value}\""));

        Assert.Equal(key, refused.Key);
        Assert.StartsWith($"{key} is '{value}', but must be ", refused.Message);
        Assert.Contains(allowed, refused.Message);
    }

    [Theory]
    [InlineData("udptun.client.routes", "0.0.0.0/0")]
    [InlineData("udptun.client.routes", "::/0")]
    [InlineData("udptun.client.routes", "203.0.113.7/24")]
    [InlineData("udptun.client.routes", "everything")]
    [InlineData("udptun.server.allowed-clients", "10.0.0.0/33")]
    [InlineData("udptun.server.allowed-destinations", "example.org")]
    public void Range_should_be_refused_when_it_is_none(string key, string range)
    {
        var refused = Assert.Throws<SettingsException>(() => ReferenceConfig.Read($"{key} = [\"10.0.0.0/8\", \"{range}\"]"));

        Assert.StartsWith($"{key} is '{range}', but must be a list of address ranges", refused.Message);
    }

    [Theory]
    [InlineData("203.0.113.0/24")]
    [InlineData("127.0.0.1")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("169.254.1.1")]
    [InlineData("fe80::1")]
    [InlineData("ff02::1")]
    [InlineData("::1")]
    [InlineData("203.0.113.10")]
    public void Routed_address_should_be_refused_when_it_is_no_unicast_address_or_a_second_time(string address)
    {
        var refused = Assert.Throws<SettingsException>(() =>
            ReferenceConfig.Read($"udptun.server.routed-addresses = [\"203.0.113.10\", \"{address}\"]"));

        Assert.StartsWith($"udptun.server.routed-addresses is '{address}', but must be a list of up to 256 unicast addresses", refused.Message);
    }

    [Fact]
    public void Routed_addresses_should_be_refused_when_they_are_too_many()
    {
        var many = string.Join(", ", Enumerable.Range(0, 257).Select(i => $"\"203.0.{i / 250}.{i % 250 + 1}\""));

        Assert.Throws<SettingsException>(() => ReferenceConfig.Read($"udptun.server.routed-addresses = [{many}]"));
    }

    [Theory]
    [InlineData("udptun.client.routes = \"10.0.0.0/8\"", "udptun.client.routes is '10.0.0.0/8', but must be a list")]
    [InlineData("udptun.client.routes { a = 1 }", "udptun.client.routes is a section, but must be a list")]
    [InlineData("udptun.client.routes = [\"\"]", "udptun.client.routes has an element that is no text")]
    [InlineData("udptun.tun.mtu = [1420]", "udptun.tun.mtu is a list, but must be 'auto' or a whole number")]
    [InlineData("udptun.tun.mtu { a = 1 }", "udptun.tun.mtu is a section, but must be 'auto' or a whole number")]
    public void Value_should_be_refused_when_it_is_of_the_wrong_kind(string line, string sentence) =>
        Assert.StartsWith(sentence, Assert.Throws<SettingsException>(() => ReferenceConfig.Read(line)).Message);
}
