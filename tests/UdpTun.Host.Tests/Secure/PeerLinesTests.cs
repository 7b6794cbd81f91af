using UdpTun.Host.Secure;
using UdpTun.Net.Flows;
using UdpTun.Testing.Packets;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Host.Tests.Secure;

public sealed class PeerLinesTests : IDisposable
{
    private readonly SecretDirectory _directory = new();
    private readonly List<string> _warnings = [];

    public PeerLinesTests() => Directory.CreateDirectory(_directory.Peers);

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("192.0.2.1:9877")]
    [InlineData("[2001:db8::1]:9877")]
    public void Address_should_be_read_as_it_was_saved(string address)
    {
        var places = new Dictionary<PublicKey, InetEndpoint> { [SecretKey.GeneratePrivate().ToPublic()] = PacketBuilder.Endpoint(address) };
        Open().Save(places);
        Assert.Equal(places, Open().Read());
        Assert.Empty(_warnings);
    }

    private PeerLines<InetEndpoint> Open() =>
        new(Path.Combine(_directory.Peers, "1-servertun.peers"), "where the peers are", "its address", InetEndpoint.TryParse, _warnings.Add);
}
