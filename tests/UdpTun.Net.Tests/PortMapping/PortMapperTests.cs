using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;
using UdpTun.Net.PortMapping;
using UdpTun.Net.Tests.Nat;
using UdpTun.Testing.Packets;

namespace UdpTun.Net.Tests.PortMapping;

public sealed class PortMapperTests
{
    private static readonly InetAddress Inner = InetAddress.Parse("10.61.0.2");
    private static readonly InetAddress External = InetAddress.Parse("203.0.113.1");
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static readonly ExternalAddresses Known = new([(InetAddress.Parse("192.168.61.123"), External)]);

    private readonly NatTable _table = NatFixture.Table();

    private PortMapper Mapper(bool isOn = true, ExternalAddresses? addresses = null) =>
        new(_table, addresses ?? Known, isOn, TimeSpan.FromHours(2));

    private NatPmpResponse Ask(NatPmpRequest request, PeerId? client = null, int now = 0) =>
        Mapper().Answer(request, client ?? NatFixture.Alice, Inner, now * Second);

    private static NatPmpRequest Map(ushort inner, ushort suggested = 0, uint lifetime = 3600, byte opcode = NatPmpRequest.MapTcp) =>
        new(0, opcode, inner, suggested, lifetime);

    [Fact]
    public void Mapper_should_tell_the_external_address_and_not_the_outer_one()
    {
        var request = new NatPmpRequest(0, NatPmpRequest.ExternalAddress, 0, 0, 0);
        Assert.Equal(External, Ask(request).External);
        Assert.Equal(NatPmpResult.NetworkFailure, Mapper(addresses: ExternalAddresses.None).Answer(request, NatFixture.Alice, Inner, default).Result);
    }

    [Theory]
    [InlineData(NatPmpRequest.MapTcp, IpProtocol.Tcp)]
    [InlineData(NatPmpRequest.MapUdp, IpProtocol.Udp)]
    public void Mapper_should_map_the_port_of_the_address_that_asks(byte opcode, IpProtocol protocol)
    {
        var response = Ask(Map(80, suggested: 20080, opcode: opcode));
        Assert.Equal((NatPmpResult.Success, 20080, 3600u), (response.Result, response.OuterPort, response.Lifetime));
        Assert.True(_table.TryFindMapping(protocol, PacketBuilder.Endpoint("192.168.61.123:20080"), out var mapping));
        Assert.Equal((NatFixture.Alice, new InetEndpoint(Inner, 80)), (mapping.Client, mapping.Inner));
    }

    [Fact]
    public void Lifetime_should_be_no_longer_than_the_operator_allows()
    {
        var response = Ask(Map(80, lifetime: uint.MaxValue));
        Assert.Equal(7200u, response.Lifetime);
        Assert.Equal(TimeSpan.FromHours(2), Assert.Single(_table.Held).HeldUntil);
    }

    [Fact]
    public void Mapping_that_another_has_should_go_to_another_port()
    {
        Ask(Map(80, suggested: 20080));
        var other = Ask(Map(80, suggested: 20080), NatFixture.Bob);
        Assert.Equal(NatPmpResult.Success, other.Result);
        Assert.NotEqual(20080, other.OuterPort);
    }

    [Fact]
    public void Deleting_should_succeed_each_time_and_end_the_mapping()
    {
        Ask(Map(80));
        for (var i = 0; i < 2; i++)
        {
            var response = Ask(Map(80, suggested: 20080, lifetime: 0));
            Assert.Equal((NatPmpResult.Success, 80, 0, 0u), (response.Result, response.Request.InnerPort, response.OuterPort, response.Lifetime));
            Assert.Equal(0, _table.MappingCount);
        }
    }

    [Fact]
    public void Deleting_port_0_should_end_the_protocol_s_mappings_of_the_asker()
    {
        Ask(Map(80));
        Ask(Map(81));
        Ask(Map(80, opcode: NatPmpRequest.MapUdp));
        Ask(Map(80), NatFixture.Bob);
        Assert.Equal(NatPmpResult.Success, Ask(Map(0, lifetime: 0)).Result);
        Assert.Equal((1, 1), (_table.MappingsOf(NatFixture.Alice), _table.MappingsOf(NatFixture.Bob)));
    }

    [Fact]
    public void Requests_should_be_refused_with_the_result_that_fits()
    {
        Assert.Equal(NatPmpResult.UnsupportedVersion, Ask(new NatPmpRequest(2, 1, 0, 0, 0)).Result);
        Assert.Equal(NatPmpResult.UnsupportedOpcode, Ask(new NatPmpRequest(0, 3, 0, 0, 0)).Result);
        Assert.Equal(NatPmpResult.NotAuthorized, Ask(Map(0, lifetime: 60)).Result);
        Assert.Equal(NatPmpResult.NotAuthorized, Mapper(isOn: false).Answer(Map(80), NatFixture.Alice, Inner, default).Result);
        Assert.Equal(0, _table.MappingCount);
    }

    [Fact]
    public void Asker_should_be_told_when_its_quota_or_the_ports_are_used_up()
    {
        var full = NatFixture.Table(NatFixture.Policy with { MaxMappingsPerClient = 1, Ports = new PortRange(20000, 20000) });
        var mapper = new PortMapper(full, Known, isOn: true, TimeSpan.FromHours(2));
        Assert.Equal(NatPmpResult.Success, mapper.Answer(Map(80), NatFixture.Alice, Inner, default).Result);
        Assert.Equal(NatPmpResult.OutOfResources, mapper.Answer(Map(81), NatFixture.Alice, Inner, default).Result);
        var response = mapper.Answer(Map(81), NatFixture.Bob, Inner, default);
        Assert.Equal((NatPmpResult.OutOfResources, 0, 0u), (response.Result, response.OuterPort, response.Lifetime));
    }

    [Fact]
    public void Epoch_should_count_from_when_a_mapping_was_last_lost()
    {
        _table.HoldsSince = 100 * Second;
        Assert.Equal(0u, Ask(Map(80), now: 100).Epoch);
        Assert.Equal(3600u, Ask(Map(80), now: 3700).Epoch);
    }
}
