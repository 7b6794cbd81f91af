using System.Net.Sockets;
using UdpTun.Actors.Settings;
using UdpTun.Host.Roles;
using UdpTun.Net.Flows;

namespace UdpTun.Host.Tests.Roles;

public sealed class ServerSearchTests
{
    private static readonly ServerEndpoint First = new("first.example", 9877), Second = new("second.example", 9877);
    private static readonly InetAddress Address = InetAddress.Parse("203.0.113.1");

    private readonly List<double> _pauses = [];
    private readonly HashSet<ServerEndpoint> _known = [];
    private Action _whilePausing = () => { };

    [Fact]
    public async Task First_server_that_has_an_address_should_be_found_at_once()
    {
        _known.UnionWith([First, Second]);
        Assert.Equal(First, (await Search().TryAsync(CancellationToken.None))!.Server);
        _known.Remove(First);
        var found = await Search().TryAsync(CancellationToken.None);
        Assert.Equal((Second, Address), (found!.Server, Assert.Single(found.Addresses)));
    }

    [Fact]
    public async Task Names_without_addresses_should_be_told_and_asked_for_again_with_longer_pauses()
    {
        var search = Search();
        Assert.Null(await search.TryAsync(CancellationToken.None));
        Assert.Matches("^the server 'first.example' has no address: .+; the server 'second.example' has no address: .+", search.Obstacle);

        _whilePausing = () =>
        {
            if (_pauses.Count == 8) _known.Add(Second);
        };
        Assert.Equal(Second, (await search.UntilFoundAsync(CancellationToken.None)).Server);
        Assert.Equal([1, 2, 4, 8, 16, 30, 30, 30], _pauses);
    }

    [Fact]
    public async Task Search_should_end_when_it_is_told_to_though_the_resolver_does_not()
    {
        using var stop = new CancellationTokenSource();
        var search = new ServerSearch([First], _ => new TaskCompletionSource<IReadOnlyList<InetAddress>>().Task, Pause);
        var trying = search.TryAsync(stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => trying.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    private ServerSearch Search() => new([First, Second], LookUp, Pause);

    private Task<IReadOnlyList<InetAddress>> LookUp(ServerEndpoint server) =>
        _known.Contains(server) ? Task.FromResult<IReadOnlyList<InetAddress>>([Address]) : throw new SocketException((int)SocketError.HostNotFound);

    private Task Pause(TimeSpan time, CancellationToken stop)
    {
        _pauses.Add(time.TotalSeconds);
        _whilePausing();
        return Task.CompletedTask;
    }
}
