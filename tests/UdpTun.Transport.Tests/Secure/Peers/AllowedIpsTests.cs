using System.Net;
using CsCheck;
using UdpTun.Transport.Secure.Peers;

namespace UdpTun.Transport.Tests.Secure.Peers;

public sealed class AllowedIpsTests
{
    /// <summary>Few different bytes, so that networks cover each other.</summary>
    private static readonly Gen<byte> Few = Gen.Int[0, 3].Select(i => (byte)(i switch { 0 => 0, 1 => 1, 2 => 128, _ => 255 }));
    // IPNetwork takes ::ffff:128.0.0.1 for 128.0.0.1, which no packet means.
    private static readonly Gen<IPAddress> Addresses =
        Gen.OneOf(Few.Array[4], Few.Array[16]).Select(bytes => new IPAddress(bytes)).Where(address => !address.IsIPv4MappedToIPv6);
    private static readonly Gen<IPNetwork> Networks =
        Addresses.SelectMany(address => Gen.Int[0, address.GetAddressBytes().Length * 8], Masked);

    [Fact]
    public void Find_should_answer_as_a_plain_list() =>
        Gen.Select(Networks.Array[0, 40], Addresses.Array[1, 20]).Sample((networks, addresses) =>
    {
        var table = new AllowedIps<string>();
        var plain = new Dictionary<IPNetwork, string>();
        for (var i = 0; i < networks.Length; i++)
        {
            table.Set(networks[i], $"peer {i}");
            plain[networks[i]] = $"peer {i}";
        }
        foreach (var address in addresses)
        {
            var expected = plain.Where(entry => entry.Key.Contains(address)).OrderByDescending(entry => entry.Key.PrefixLength)
                .Select(entry => entry.Value).FirstOrDefault();
            Assert.Equal(expected, table.Find(address.GetAddressBytes()));
        }
    }, iter: 2000);

    [Theory]
    [InlineData("10.9.0.2", "all")]
    [InlineData("10.8.0.1", "net")]
    [InlineData("10.8.0.2", "host")]
    [InlineData("fd00::2", "host6")]
    [InlineData("fd00::3", null)]
    public void Find_should_take_the_longest_network(string address, string? peer)
    {
        var table = new AllowedIps<string>();
        table.Set(IPNetwork.Parse("10.8.0.2/32"), "host");
        table.Set(IPNetwork.Parse("0.0.0.0/0"), "all");
        table.Set(IPNetwork.Parse("10.8.0.0/24"), "net");
        table.Set(IPNetwork.Parse("fd00::2/128"), "host6");
        Assert.Equal(peer, table.Find(IPAddress.Parse(address).GetAddressBytes()));
    }

    private static IPNetwork Masked(IPAddress address, int length)
    {
        var bytes = address.GetAddressBytes();
        for (var bit = length; bit < bytes.Length * 8; bit++) bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        return new IPNetwork(new IPAddress(bytes), length);
    }
}
