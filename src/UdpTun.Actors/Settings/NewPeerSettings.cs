using UdpTun.Actors.Settings.Reading;
using UdpTun.Net.Flows;

namespace UdpTun.Actors.Settings;

/// <summary>What a new peer of a server is given.</summary>
/// <param name="Addresses">The ranges of its inner addresses, one of each family at most.</param>
/// <param name="Endpoint">HOST or HOST:PORT as it is written, or null: the uplink's address.</param>
/// <param name="NameServers">Whom it asks for names.</param>
public sealed record NewPeerSettings(IReadOnlyList<InetPrefix> Addresses, string? Endpoint, IReadOnlyList<InetAddress> NameServers)
{
    private const string AddressesKey = "udptun.secure.new-peer.addresses";
    private const string ExpectedAddresses = "one range of IPv4 and one of IPv6, or one of them, such as 10.61.0.0/16, fd61::/64";

    internal static NewPeerSettings Read(SettingsReader reader)
    {
        const string NameServers = "udptun.secure.new-peer.name-servers";
        var addresses = reader.Prefixes(AddressesKey);
        if (addresses.Count is 0 or > 2 || (addresses.Count == 2 && addresses[0].Address.IsV4 == addresses[1].Address.IsV4))
            throw SettingsReader.Refused(AddressesKey, string.Join(", ", addresses), ExpectedAddresses);
        return new NewPeerSettings(
            addresses,
            ReadEndpoint(reader),
            [.. reader.ParsedList(NameServers, "a list of addresses", text => InetAddress.TryParse(text, out _) ? text : null).Select(InetAddress.Parse)]);
    }

    private static string? ReadEndpoint(SettingsReader reader)
    {
        const string Key = "udptun.secure.new-peer.endpoint";
        const string Expected = $"'auto' or {ServerEndpoint.Expected}";
        return reader.Text(Key, Expected) == "auto"
            ? null
            : reader.Parsed(Key, Expected, text => ServerEndpoint.Parse(text) is null ? null : text);
    }
}
