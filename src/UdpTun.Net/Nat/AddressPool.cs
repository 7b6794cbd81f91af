using UdpTun.Net.Flows;
using UdpTun.Net.Peers;

namespace UdpTun.Net.Nat;

/// <summary>
/// The outer addresses of one family and which client leaves as which. All flows of a client leave as one address, whatever their
/// protocol ("paired", RFC 4787 section 4.1, REQ-2): programs compare the addresses of their flows. A client has its address until it is
/// forgotten, so also between two of its flows.
/// </summary>
/// <param name="addresses">May be none.</param>
internal sealed class AddressPool(IReadOnlyList<InetAddress> addresses)
{
    private readonly Dictionary<PeerId, InetAddress> _byClient = [];
    private readonly Dictionary<InetAddress, int> _clients = addresses.ToDictionary(address => address, _ => 0);

    public bool Contains(InetAddress address) => _clients.ContainsKey(address);

    /// <summary>
    /// Where a client may have a port: at its own address and nowhere else; at any, where it has none yet, those with the fewest clients
    /// first.
    /// </summary>
    public IEnumerable<InetAddress> ChoicesOf(PeerId client) =>
        _byClient.TryGetValue(client, out var own) ? [own] : addresses.OrderBy(address => _clients[address]);

    public bool Admits(PeerId client, InetAddress address) =>
        Contains(address) && (!_byClient.TryGetValue(client, out var own) || own == address);

    /// <summary>Makes one of the client's choices its own.</summary>
    public void Keep(PeerId client, InetAddress address)
    {
        if (_byClient.TryAdd(client, address)) _clients[address]++;
    }

    public void Forget(PeerId client)
    {
        if (_byClient.Remove(client, out var address)) _clients[address]--;
    }
}
