using CsCheck;
using UdpTun.Net.Flows;
using UdpTun.Net.Peers;

namespace UdpTun.Net.Tests.Peers;

public sealed class InnerAddressesTests
{
    private static string? Free(string range, params string[] taken) =>
        InnerAddresses.FirstFree(InetPrefix.Parse(range), taken.Select(InetPrefix.Parse))?.ToString();

    [Theory]
    [InlineData("10.61.0.0/16", "10.61.0.2")]
    [InlineData("10.61.0.0/16", "10.61.0.5", "10.61.0.2/32", "10.61.0.4", "10.61.0.3/32")]
    [InlineData("10.61.0.0/16", "10.61.0.3", "10.61.0.2", "10.61.0.4")]
    [InlineData("10.61.0.0/16", "10.61.1.0", "10.61.0.0/24")]
    [InlineData("10.61.0.0/16", "10.61.0.2", "fd61::2", "10.60.0.0/16", "10.61.9.0/24")]
    [InlineData("10.61.0.7/16", "10.61.0.2")]
    [InlineData("10.61.0.0/16", null, "0.0.0.0/0")]
    [InlineData("10.61.0.0/30", "10.61.0.2")]
    [InlineData("10.61.0.0/30", null, "10.61.0.2")]
    [InlineData("10.61.0.0/31", null)]
    [InlineData("fd61::/64", "fd61::4", "fd61::1", "fd61::2", "fd61::3", "fd61::123")]
    [InlineData("fd61::/126", "fd61::3", "fd61::2")]
    [InlineData("fd61::/64", null, "::/0")]
    [InlineData("fd61::1/128", null)]
    public void First_free_host_should_be_given(string range, string? expected, params string[] taken) =>
        Assert.Equal(expected, Free(range, taken));

    [Fact]
    public void Hosts_should_come_one_after_another_until_none_is_left()
    {
        var taken = new List<InetPrefix>();
        while (InnerAddresses.FirstFree(InetPrefix.Parse("10.61.0.0/24"), taken) is { } address) taken.Add(new InetPrefix(address, 32));
        Assert.Equal(Enumerable.Range(2, 253).Select(host => $"10.61.0.{host}/32"), taken.Select(network => $"{network}"));
    }

    [Fact]
    public void Address_should_lie_in_the_range_and_in_nothing_that_is_taken() =>
        Gen.Select(Gen.Int[20, 32], Gen.Select(Gen.UInt[0, 1 << 13], Gen.Int[24, 32]).Array[0, 30]).Sample((length, taken) =>
        {
            var range = new InetPrefix(InetAddress.Parse("10.61.0.0"), length);
            var others = taken.Select(pair => new InetPrefix(InetAddress.FromV4(0x0A3D0000 + pair.Item1), pair.Item2)).ToList();
            var given = InnerAddresses.FirstFree(range, others);
            var free = Enumerable.Range(2, Math.Max(0, (1 << (32 - length)) - 3)).Select(host => InetAddress.FromV4(0x0A3D0000 + (uint)host))
                .Where(host => !others.Any(other => other.Contains(host))).Cast<InetAddress?>().FirstOrDefault();
            Assert.Equal(free, given);
        }, iter: 2000);
}
