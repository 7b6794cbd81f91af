using UdpTun.Host.Control.Flows;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Net.Nat.Saving;
using UdpTun.Net.Peers;
using UdpTun.Net.PortMapping;

namespace UdpTun.Host.Tests.Control.Flows;

/// <summary>What is said of a mapping's port holds for the settings that it was opened by, whatever they are since.</summary>
public sealed class OuterPortTextTests
{
    private static readonly PeerId Client = new(1);
    private static readonly InetEndpoint Inner = Endpoint("10.61.0.2:20005");
    private static readonly InetEndpoint Remote = Endpoint("203.0.113.1:53");

    private readonly NatTable _table = new(
        new NatPolicy { OuterV4 = [InetAddress.Parse("192.168.61.123")], Ports = new PortRange(20000, 20999), PortSelection = PortSelection.Random }, new Random(1));

    private static InetEndpoint Endpoint(string text) => InetEndpoint.TryParse(text, out var endpoint) ? endpoint : throw new ArgumentException(text);

    private NatMapping Open(InetEndpoint? inner = null, string remote = "203.0.113.1:53")
    {
        Assert.Equal(DropReason.None, _table.TryOpen(Client, new FlowKey(IpProtocol.Udp, inner ?? Inner, Endpoint(remote)), default, out var session));
        return session.Mapping;
    }

    private void Use(Func<NatPolicy, NatPolicy> change) => _table.Use(change(_table.Policy), default);

    private string Text(NatMapping mapping) => new OuterPortText(mapping, Remote.Address, _table.Policy).ToString();

    [Fact]
    public void Port_that_was_drawn_should_be_told_so_when_ports_are_kept_by_now()
    {
        var mapping = Open();
        Assert.Equal("drawn at random from 20000-20999 (udptun.nat.port-selection = random)", Text(mapping));
        Use(policy => policy with { PortSelection = PortSelection.Preserve, PortParity = true });
        Assert.Equal("drawn at random from 20000-20999 (udptun.nat.port-selection was random then)", Text(mapping));
    }

    [Fact]
    public void Port_that_was_kept_should_be_told_so_when_ports_are_drawn_by_now()
    {
        Use(policy => policy with { PortSelection = PortSelection.Preserve });
        var (kept, outside, second) = (Open(), Open(Endpoint("10.61.0.2:7")), Open(Endpoint("10.61.0.3:20005")));
        Use(policy => policy with { PortSelection = PortSelection.Random });
        Assert.Equal("the client's own port (udptun.nat.port-selection was preserve then)", Text(kept));
        Assert.Equal("the client's own port 7 is not in 20000-20999, so another was chosen (udptun.nat.port-selection was preserve then)", Text(outside));
        Assert.Equal("the client's own port 20005 was taken, so another was chosen (udptun.nat.port-selection was preserve then)", Text(second));
    }

    [Fact]
    public void Parity_should_be_told_of_ports_that_were_drawn_by_it()
    {
        var before = Open();
        Use(policy => policy with { PortParity = true });
        Assert.DoesNotContain("parity", Text(before));
        Assert.EndsWith(", odd as the client's own (udptun.nat.port-parity)", Text(Open(Endpoint("10.61.0.2:5001"))));
    }

    [Fact]
    public void Port_that_was_had_before_or_asked_for_should_be_told_so()
    {
        Assert.True(_table.TryOpen(Client, new FlowKey(IpProtocol.Udp, Inner, Remote), default, out var session) == DropReason.None);
        _table.Close(session, default);
        Assert.Equal("10.61.0.2:20005 had it a while ago, and nobody else yet (udptun.nat.port-rest)", Text(Open()));
        Assert.Equal(DropReason.None, _table.TryHold(Client, IpProtocol.Tcp, Inner, 20007, TimeSpan.FromHours(1), default, out var held));
        Assert.Equal("the client asked for this port (NAT-PMP)", Text(held));
        var saved = new SavedSession("10.9.0.1:40000", IpProtocol.Tcp, Endpoint("10.61.0.2:9"), Endpoint("192.168.61.123:20009"), Remote, false, 0, default, default);
        Assert.Equal(DropReason.None, _table.Restore(Client, saved, default, default));
        Assert.Equal("an earlier run of the server gave it, and the flow goes on", Text(_table.Sessions.Last().Mapping));
    }

    [Fact]
    public void Static_mapping_should_be_told_of_before_and_after()
    {
        var registry = new PeerRegistry([InetPrefix.Parse("10.0.0.0/8")], 1, TimeSpan.FromHours(1));
        Assert.Equal(DropReason.None, registry.Admit(Endpoint("10.9.0.1:4000"), default, out var peer));
        Use(policy => policy with { StaticMappings = [StaticMapping.Parse("udp 20080 -> 10.61.0.2:20005")!] });
        _table.Claim(peer, Inner.Address, default);
        var mapping = Open();
        Assert.Equal("the operator leads it here by udptun.nat.static-mappings", Text(mapping));
        Use(policy => policy with { StaticMappings = [] });
        Assert.Equal("the operator led it here by udptun.nat.static-mappings, which are others by now", Text(mapping));
        Use(policy => policy with { StaticMappings = [StaticMapping.Parse("udp 20080 -> 10.61.0.9:53")!] });
        Assert.EndsWith("; a static mapping has its place when its flows have ended", Text(mapping));
    }

    [Fact]
    public void Untranslated_flow_should_be_told_so_in_the_present_or_the_past()
    {
        Use(policy => policy with { Untranslated = new UntranslatedFlows([InetPrefix.Parse("10.61.0.0/16")], [InetPrefix.Parse("203.0.113.0/24")]) });
        var mapping = Open();
        Assert.Equal("not translated: 203.0.113.1 is in udptun.nat.untranslated-destinations", Text(mapping));
        Use(policy => policy with { Untranslated = UntranslatedFlows.None });
        Assert.Equal("not translated: 203.0.113.1 was in udptun.nat.untranslated-destinations", Text(mapping));
    }
}
