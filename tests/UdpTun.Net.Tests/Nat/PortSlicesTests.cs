using UdpTun.Net.Nat;

namespace UdpTun.Net.Tests.Nat;

public sealed class PortSlicesTests
{
    public static TheoryData<PortRange, PortRange?, int> Ranges => new()
    {
        { new PortRange(20000, 29999), null, 1 },
        { new PortRange(20000, 29999), null, 2 },
        { new PortRange(20000, 20006), null, 3 },
        { new PortRange(20000, 20003), null, 4 },
        { new PortRange(1024, 65535), new PortRange(1, 1023), 16 },
        { new PortRange(1, 65535), null, 7 },
    };

    [Theory]
    [MemberData(nameof(Ranges))]
    public void Every_port_should_be_in_one_slice_and_known_by_its_owner(PortRange ports, PortRange? low, int shards)
    {
        var slices = new PortSlices(ports, low, shards);
        for (var port = 0; port <= ushort.MaxValue; port++)
        {
            var owners = Enumerable.Range(0, shards)
                .Where(shard => slices.Of(shard).Contains((ushort)port) || slices.LowOf(shard)?.Contains((ushort)port) == true).ToList();
            var isOurs = ports.Contains((ushort)port) || low?.Contains((ushort)port) == true;
            Assert.Equal(isOurs ? 1 : 0, owners.Count);
            Assert.Equal(isOurs, slices.TryFindOwner((ushort)port, out var owner));
            if (isOurs) Assert.Equal(owners[0], owner);
        }
    }

    [Theory]
    [InlineData(2, 10)]
    [InlineData(3, 7)]
    [InlineData(16, 16)]
    public void Slices_should_differ_by_less_than_the_number_of_shards(int shards, int ports)
    {
        var slices = new PortSlices(new PortRange(20000, (ushort)(20000 + ports - 1)), null, shards);
        var sizes = Enumerable.Range(0, shards).Select(shard => slices.Of(shard).Count).ToList();
        Assert.All(sizes, size => Assert.InRange(size, 1, sizes.Min() + shards - 1));
    }

    [Fact]
    public void More_shards_than_ports_should_be_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new PortSlices(new PortRange(20000, 20002), null, 4));
}
