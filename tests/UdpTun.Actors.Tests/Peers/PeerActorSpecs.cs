using System.Collections.Concurrent;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.TestKit;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Peers;
using UdpTun.Actors.Settings;
using UdpTun.Actors.Tests.Fakes;
using UdpTun.Net.Flows;
using UdpTun.Testing.Packets;
using UdpTun.Transport.Secure.Commands;
using UdpTun.Transport.Secure.Keys;
using UdpTun.Transport.Secure.Sessions;

namespace UdpTun.Actors.Tests.Peers;

/// <summary>A peer's actor in virtual time; the test is the UDP end.</summary>
public sealed class PeerActorSpecs : PatientTestKit
{
    private static readonly Config VirtualTime =
        ConfigurationFactory.ParseString("akka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"");

    private static readonly ServerEndpoint Gone = new("gone.example", 1), First = new("first.example", 1), Second = new("second.example", 1);

    private readonly ConcurrentQueue<ServerEndpoint> _asked = new();

    public PeerActorSpecs() : base(VirtualTime) => Sys.EventStream.Subscribe(TestActor, typeof(Warning));

    [Fact]
    public async Task Peer_should_stay_where_it_is_found_when_the_pause_of_its_former_endpoint_is_over()
    {
        using var own = SecretKey.GeneratePrivate();
        using var theirs = SecretKey.GeneratePrivate();
        var settings = new PeerSettings("server", theirs.ToPublic(), null, PeerSettings.Everything, [Gone], null);
        using var end = new SecureEnd(new SecureSettings(own, [settings]), 1420, TimeProvider.System) { Resolve = Resolve };
        end.Open(0);
        var actor = Sys.ActorOf(PeerActor.Props(end, new PeerSlot(settings, end.NewSession(settings)), TestActor, TestLine.Create(new RecordingLoop())));
        await ExpectMsgAsync<Warning>(warning => Assert.Contains("gone.example", $"{warning.Message}"));

        actor.Tell(new ChangePeer(settings with { Endpoints = [First, Second] }, HasMoved: false));
        Assert.IsType<SecureCommand.MoveTo>((await ExpectMsgAsync<ForTransport>()).Command);
        ((TestScheduler)Sys.Scheduler).Advance(TimeSpan.FromMinutes(1));
        await actor.Ask<ActorIdentity>(new Identify(0));

        Assert.Equal([Gone, First], _asked);
    }

    [Theory]
    [InlineData(false, null, true)]
    [InlineData(true, null, false)]
    [InlineData(true, 25, true)]
    public async Task Peer_whose_place_is_known_should_be_called_unless_packets_are_waited_for(bool waitsForPackets, int? keepalive, bool isCalled)
    {
        using var own = SecretKey.GeneratePrivate();
        using var theirs = SecretKey.GeneratePrivate();
        var settings = new PeerSettings("phone", theirs.ToPublic(), null, PeerSettings.Everything, [First], keepalive is { } seconds ? TimeSpan.FromSeconds(seconds) : null);
        using var end = new SecureEnd(new SecureSettings(own, [settings]), 1420, TimeProvider.System) { Resolve = Resolve, WaitsForPackets = waitsForPackets };
        var session = end.NewSession(settings);
        session.MoveTo(PacketBuilder.Endpoint("198.51.100.1:1"));
        end.Open(0);
        var actor = Sys.ActorOf(PeerActor.Props(end, new PeerSlot(settings, session), TestActor, TestLine.Create(new RecordingLoop())));

        if (isCalled) Assert.IsType<SecureCommand.SendHandshake>((await ExpectMsgAsync<ForTransport>()).Command);
        await actor.Ask<ActorIdentity>(new Identify(0));
        await ExpectNoMsgAsync(TimeSpan.Zero);
        Assert.Empty(_asked);
    }

    [Fact]
    public async Task Timers_should_be_looked_at_when_the_peer_has_used_its_keys_and_not_a_second_later()
    {
        using var phone = await KeptAlive.Start(this);
        phone.Actor.Tell(new SessionConfirmed(phone.Session));
        Assert.IsType<SecureCommand.SendKeepalive>((await ExpectMsgAsync<ForTransport>()).Command);
    }

    [Fact]
    public async Task Timers_should_not_be_put_off_by_what_comes_in_between()
    {
        using var phone = await KeptAlive.Start(this);
        for (var i = 0; i < 5; i++)
        {
            phone.Actor.Tell(new ChangePeer(phone.Settings, HasMoved: false));
            await phone.Actor.Ask<ActorIdentity>(new Identify(0));
            ((TestScheduler)Sys.Scheduler).Advance(TimeSpan.FromMilliseconds(400));
        }

        Assert.IsType<SecureCommand.SendKeepalive>((await ExpectMsgAsync<ForTransport>()).Command);
    }

    private Task<IReadOnlyList<InetEndpoint>> Resolve(ServerEndpoint endpoint)
    {
        _asked.Enqueue(endpoint);
        return endpoint == Gone
            ? Task.FromException<IReadOnlyList<InetEndpoint>>(new SocketException((int)SocketError.HostNotFound))
            : Task.FromResult<IReadOnlyList<InetEndpoint>>([PacketBuilder.Endpoint("198.51.100.1:1")]);
    }

    /// <summary>A peer that is to be kept alive and was never sent anything, so that each look at the timers sends a keepalive.</summary>
    private sealed class KeptAlive : IDisposable
    {
        private readonly SecretKey _own = SecretKey.GeneratePrivate(), _theirs = SecretKey.GeneratePrivate();
        private readonly SecureEnd _end;

        private KeptAlive(PeerActorSpecs test)
        {
            Settings = new PeerSettings("phone", _theirs.ToPublic(), null, PeerSettings.Everything, [], TimeSpan.FromSeconds(25));
            _end = new SecureEnd(new SecureSettings(_own, [Settings]), 1420, TimeProvider.System);
            Session = _end.NewSession(Settings);
            _end.Open(0);
            Actor = test.Sys.ActorOf(PeerActor.Props(_end, new PeerSlot(Settings, Session), test.TestActor, TestLine.Create(new RecordingLoop())));
        }

        public PeerSettings Settings { get; }

        public PeerSession Session { get; }

        public IActorRef Actor { get; }

        public static async Task<KeptAlive> Start(PeerActorSpecs test)
        {
            var phone = new KeptAlive(test);
            await phone.Actor.Ask<ActorIdentity>(new Identify(0));
            phone.Session.MoveTo(PacketBuilder.Endpoint("198.51.100.1:1")); // not before, or it would be called
            return phone;
        }

        public void Dispose()
        {
            _end.Dispose();
            _own.Dispose();
            _theirs.Dispose();
        }
    }
}
