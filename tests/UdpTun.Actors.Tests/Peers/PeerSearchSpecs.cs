using UdpTun.Actors.Peers;
using UdpTun.Actors.Settings;
using UdpTun.Net.Flows;
using UdpTun.Testing.Packets;

namespace UdpTun.Actors.Tests.Peers;

public sealed class PeerSearchSpecs : PatientTestKit
{
    private static readonly ServerEndpoint Slow = new("slow.example", 9877), Set = new("set.example", 9877);
    private static readonly InetEndpoint SlowPlace = PacketBuilder.Endpoint("198.51.100.1:9877"), SetPlace = PacketBuilder.Endpoint("198.51.100.2:9877");

    private readonly TaskCompletionSource<IReadOnlyList<InetEndpoint>> _slow = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Other_endpoint_should_be_looked_up_at_once_while_the_resolver_still_thinks_about_the_former(bool slowOneIsFound)
    {
        var search = new PeerSearch(Resolve, [Slow]);
        search.Next(TestActor);
        Assert.True(search.Use([Set]));
        search.Next(TestActor);
        var found = await ExpectMsgAsync<PeerSearch.Found>();
        Assert.Equal([SetPlace], found.Places);

        if (slowOneIsFound) _slow.SetResult([SlowPlace]);
        else _slow.SetException(new TimeoutException());

        var late = slowOneIsFound ? (await ExpectMsgAsync<PeerSearch.Found>()).Round : (await ExpectMsgAsync<PeerSearch.NotFound>()).Round;
        Assert.Equal((true, false), (search.Awaits(found.Round), search.Awaits(late)));
    }

    [Fact]
    public async Task Nothing_should_be_looked_for_when_the_endpoints_have_been_taken_away()
    {
        var search = new PeerSearch(Resolve, [Slow]);
        Assert.False(search.Use([]));
        search.Next(TestActor); // a pause after a failure has ended
        await ExpectNoMsgAsync(TimeSpan.FromMilliseconds(50));
    }

    private Task<IReadOnlyList<InetEndpoint>> Resolve(ServerEndpoint endpoint) =>
        endpoint == Slow ? _slow.Task : Task.FromResult<IReadOnlyList<InetEndpoint>>([SetPlace]);
}
