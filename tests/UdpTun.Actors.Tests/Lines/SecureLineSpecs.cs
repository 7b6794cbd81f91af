using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Settings;
using UdpTun.Net.Admission;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;
using UdpTun.Testing.Packets;
using UdpTun.Transport.Secure;
using UdpTun.Transport.Secure.Commands;
using UdpTun.Transport.Secure.Handshakes;
using UdpTun.Transport.Secure.Keys;
using UdpTun.Transport.Secure.Sessions;

namespace UdpTun.Actors.Tests.Lines;

/// <summary>Client and server over the secure transport: packets into one TUN and out of the other.</summary>
public sealed class SecureLineSpecs
{
    private static readonly byte[] Question = PacketBuilder.Udp("10.61.0.2:20001", "203.0.113.1:53", "question"u8);

    [Fact]
    public async Task Packet_should_reach_the_internet_and_its_answer_the_client()
    {
        await using var pair = await SecurePair.StartAsync();
        await AskAsync(pair, 1);

        Assert.DoesNotContain(pair.ClientSocket.Sent, sent => sent.Bytes.AsSpan().IndexOf("question"u8) >= 0);
        var status = Assert.Single((await pair.ServerGuardian.Ask<SecurePeersReport>(GetSecurePeers.Instance)).Peers);
        Assert.Equal(("client", HandshakeFailure.None), (status.Settings.Name, status.Failure));
        Assert.Equal(pair.ClientAddress, status.Endpoint);
    }

    [Fact]
    public async Task Super_packet_should_be_cut_sealed_and_joined_again()
    {
        await using var pair = await SecurePair.StartAsync();
        await AskAsync(pair, 1);
        var payload = new byte[4000];
        new Random(1).NextBytes(payload);
        var super = PacketBuilder.WithPendingChecksum(
            PacketBuilder.Udp(PacketBuilder.Endpoint("10.61.0.2:20001"), PacketBuilder.Endpoint("203.0.113.1:53"), payload));

        pair.ClientTun.ArriveTogether([super], new PacketOffload(SegmentKind.Udp, true, 28, 1000, 20, 6));
        await Eventually.TrueAsync(() => pair.ServerTun.WrittenCount == 5);

        var segments = pair.ServerTun.Written.Skip(1).Select(written => written.Bytes).ToList();
        Assert.Equal(payload, segments.SelectMany(segment => segment[28..]));
        Assert.All(segments, segment => Assert.True(InternetChecksum.Compute(segment.AsSpan(0, 20)) == 0));
    }

    [Fact]
    public async Task Client_that_moves_should_be_answered_where_it_is()
    {
        await using var pair = await SecurePair.StartAsync();
        await AskAsync(pair, 1);
        pair.ClientAddress = PacketBuilder.Endpoint("10.9.0.77:1234");
        await AskAsync(pair, 2);
        Assert.Equal(1, pair.ServerEnd.Clients.Count);
    }

    [Fact]
    public async Task Peer_should_be_called_at_its_endpoint_when_that_is_set_again_after_it_has_moved()
    {
        // Or else the client may be heard first, and a peer just heard stays for a while where it is then said to be.
        await using var pair = await SecurePair.StartAsync(isCut: true);
        var configured = PacketBuilder.Endpoint("10.9.0.77:1234");
        var client = pair.ServerEnd.Settings.Peers[0] with { Endpoints = [ServerEndpoint.Parse($"{configured}")!] };
        pair.ServerGuardian.Tell(new ApplyPeers([client]));
        await Eventually.TrueAsync(() => Place() == configured);
        pair.IsCut = false;
        await AskAsync(pair, 1);
        pair.ServerGuardian.Tell(new ApplyPeers([client]));
        await AskAsync(pair, 2);
        Assert.Equal(pair.ClientAddress, Place());

        pair.ServerGuardian.Tell(new ApplyPeers([client]) { Located = new Dictionary<PublicKey, InetEndpoint> { [client.PublicKey] = configured } });
        await pair.ServerGuardian.Ask<PacketHalvesReached>(ReachPacketHalves.Instance);
        Assert.Equal(configured, Place());

        InetEndpoint? Place() => pair.ServerEnd.Transport.Peers.Sessions.Single().Endpoint;
    }

    [Fact]
    public async Task Server_that_was_restarted_should_call_its_clients_itself()
    {
        await using var pair = await SecurePair.StartAsync();
        await AskAsync(pair, 1);
        var before = Confirmed();
        await pair.RestartServerAsync();
        // The client may seal for the new server when that one's first packet has confirmed the keys.
        await Eventually.TrueAsync(() => Confirmed() > before);
        pair.ClientTun.Arrive(Question);
        await Eventually.TrueAsync(() => pair.ServerTun.WrittenCount == 1);

        TimeSpan? Confirmed() => pair.ClientEnd.Transport.Peers.Sessions.Single().Stamps.Confirmed;
    }

    [Fact]
    public async Task Stranger_should_get_no_answer_and_be_counted()
    {
        await using var pair = await SecurePair.StartAsync();
        await AskAsync(pair, 1);
        var sent = pair.ServerSocket.WrittenCount;
        var recorded = pair.ClientSocket.Sent[^1].Bytes;
        var stranger = PacketBuilder.Endpoint("10.66.6.6:666");
        pair.ServerSocket.Arrive(stranger, recorded);
        pair.ServerSocket.Arrive(stranger, Question);
        pair.ServerSocket.Arrive(stranger, recorded[..^1]);
        var drops = pair.ServerLine.Drops;
        await Eventually.TrueAsync(() => drops[DropReason.Replayed] == 1 && drops[DropReason.NotAuthentic] == 2);
        await AskAsync(pair, 2);
        Assert.Equal(sent + 1, pair.ServerSocket.WrittenCount);
    }

    [Fact]
    public async Task Client_of_a_killed_connection_should_get_a_reset()
    {
        await using var pair = await SecurePair.StartAsync();
        pair.ClientTun.Arrive(PacketBuilder.Tcp("10.61.0.2:20001", "203.0.113.1:80", TcpFlags.Syn));
        await Eventually.TrueAsync(() => pair.ServerTun.WrittenCount == 1);
        await pair.ServerGuardian.Ask<object>(new KillSession(new SessionId(1)), TimeSpan.FromSeconds(10));

        pair.ClientTun.Arrive(PacketBuilder.Tcp("10.61.0.2:20001", "203.0.113.1:80", TcpFlags.Ack, "more"u8));
        await Eventually.TrueAsync(() => pair.ClientTun.WrittenCount == 1);

        Assert.Equal(TcpFlags.Rst, (TcpFlags)pair.ClientTun.Written[0].Bytes[33]);
    }

    [Fact]
    public async Task Inner_source_that_is_not_the_clients_should_be_dropped()
    {
        await using var pair = await SecurePair.StartAsync();
        pair.ClientTun.Arrive(PacketBuilder.Udp("10.61.0.3:20001", "203.0.113.1:53", "spoof"u8));
        await Eventually.TrueAsync(() => pair.ServerLine.Drops[DropReason.ForeignSource] == 1);
        await AskAsync(pair, 1);
    }

    [Fact]
    public async Task Peers_should_come_and_go_without_disturbing_the_others()
    {
        await using var pair = await SecurePair.StartAsync();
        await AskAsync(pair, 1);
        var kept = pair.ServerEnd.Settings.Peers[0];
        var other = kept with { Name = "other", PublicKey = SecretKey.GeneratePrivate().ToPublic(), AllowedIps = [InetPrefix.Parse("10.61.0.9/32")] };
        pair.ServerGuardian.Tell(new ApplyPeers([other, kept]));
        await Eventually.TrueAsync(() => pair.ServerEnd.Transport.Peers.Sessions.Count == 2);
        await AskAsync(pair, 2);

        pair.ServerGuardian.Tell(new ApplyPeers([other]));
        await Eventually.TrueAsync(() => pair.ServerEnd.Transport.Peers.Sessions.Count == 1);
        pair.ClientTun.Arrive(Question);
        await Eventually.TrueAsync(() => pair.ServerLine.Drops[DropReason.NotAuthentic] == 1);
        Assert.Equal(2, pair.ServerTun.WrittenCount);
    }

    [Fact]
    public async Task Other_preshared_key_name_and_limits_should_leave_the_peer_its_flows()
    {
        await using var pair = await SecurePair.StartAsync();
        await AskAsync(pair, 1);
        var before = pair.ServerEnd.Transport.Peers.Sessions.Single();
        using var secret = SecretKey.GeneratePreshared();
        var client = pair.ServerEnd.Settings.Peers[0] with { Name = "renamed", PresharedKey = secret, Limits = new PeerLimits { Quota = 1 << 20 } };
        pair.ServerGuardian.Tell(new ApplyPeers([client with { AllowedIps = [InetPrefix.Parse("10.61.0.0/24")] }]));
        pair.Client.Guardian.Tell(new ApplyPeers([pair.ClientEnd.Settings.Peers[0] with { PresharedKey = secret }]));
        await (await pair.ClientPeersAsync()).Ask<SecurePeersReport>(GetSecurePeers.Instance);
        // What is sealed before both have new keys is lost.
        await Eventually.TrueAsync(() =>
        {
            pair.ClientTun.Arrive(Question);
            return pair.ServerTun.WrittenCount > 1;
        });

        Assert.Same(before, pair.ServerEnd.Transport.Peers.Sessions.Single());
        Assert.Equal("renamed", Assert.Single(pair.ServerEnd.Clients.Find("renamed")).Name);
        Assert.Equal(RunningServer.KeyOf(pair.ServerTun.Written[0].Bytes), RunningServer.KeyOf(pair.ServerTun.Written[^1].Bytes)); // its outer port
    }

    [Fact]
    public async Task Used_quota_should_be_forgiven_without_ending_a_flow()
    {
        await using var pair = await SecurePair.StartAsync();
        await AskAsync(pair, 1);
        var client = pair.ServerEnd.Settings.Peers[0] with { Limits = new PeerLimits { Quota = 100 } };
        pair.ServerGuardian.Tell(new ApplyPeers([client]));
        await pair.ServerGuardian.Ask<SecurePeersReport>(GetSecurePeers.Instance);
        for (var asked = 1; pair.ServerLine.Drops[DropReason.PeerQuotaExhausted] == 0; asked++)
        {
            pair.ClientTun.Arrive(Question);
            await Eventually.TrueAsync(() => pair.ServerLine.Drops[DropReason.PeerQuotaExhausted] + pair.ServerTun.WrittenCount == asked + 1);
        }

        var (written, used) = (pair.ServerTun.WrittenCount, pair.ServerEnd.Used.Values.Single());

        Assert.Equal(used, (await pair.ServerGuardian.Ask<QuotaReset>(new ResetQuota(client.PublicKey))).Forgiven);
        Assert.Empty(pair.ServerEnd.Used);
        pair.ClientTun.Arrive(Question);
        await Eventually.TrueAsync(() => pair.ServerTun.WrittenCount == written + 1);
        Assert.Equal(RunningServer.KeyOf(pair.ServerTun.Written[0].Bytes), RunningServer.KeyOf(pair.ServerTun.Written[^1].Bytes));
        var nobody = SecretKey.GeneratePrivate().ToPublic();
        Assert.Equal(0, (await pair.ServerGuardian.Ask<QuotaReset>(new ResetQuota(nobody))).Forgiven);
    }

    [Fact]
    public async Task Used_quota_should_stay_used_while_the_peer_is_none_for_a_while()
    {
        await using var pair = await SecurePair.StartAsync();
        await AskAsync(pair, 1);
        var client = pair.ServerEnd.Settings.Peers[0] with { Limits = new PeerLimits { Quota = 1 << 20 } };
        await ApplyAsync(client);
        await AskAsync(pair, 2);
        var used = pair.ServerEnd.Used.Values.Single();
        await ApplyAsync();
        Assert.Equal(used, pair.ServerEnd.Used.Values.Single());

        await ApplyAsync(client);
        Assert.Equal(used, pair.ServerEnd.Used.Values.Single());
        Assert.Equal(used, (await pair.ServerGuardian.Ask<QuotaReset>(new ResetQuota(client.PublicKey))).Forgiven);
        Assert.Empty(pair.ServerEnd.Used);

        async Task ApplyAsync(params PeerSettings[] peers)
        {
            pair.ServerGuardian.Tell(new ApplyPeers(peers));
            await pair.ServerGuardian.Ask<PacketHalvesReached>(ReachPacketHalves.Instance);
        }
    }

    [Fact]
    public async Task Peer_that_is_away_should_be_called_at_its_endpoint_and_where_it_was_heard_in_turn()
    {
        var times = new ProtocolTimes { Keepalive = TimeSpan.FromMilliseconds(100), RekeyTimeout = TimeSpan.FromMilliseconds(100) };
        await using var pair = await SecurePair.StartAsync(times, isCut: true);
        var (configured, heard) = (PacketBuilder.Endpoint("10.9.0.77:1234"), pair.ClientAddress);
        pair.ServerGuardian.Tell(new ApplyPeers([pair.ServerEnd.Settings.Peers[0] with { Endpoints = [ServerEndpoint.Parse($"{configured}")!] }]));
        await Eventually.TrueAsync(() => pair.ServerEnd.Transport.Peers.Sessions.Single().Endpoint == configured);
        pair.IsCut = false;
        await AskAsync(pair, 1);
        pair.IsCut = true;

        var flow = RunningServer.KeyOf(pair.ServerTun.Written[0].Bytes);
        await Eventually.TrueAsync(() =>
        {
            pair.ServerTun.Arrive(PacketBuilder.Udp(flow.Destination, flow.Source, "answer"u8));
            var calls = pair.ServerSocket.Sent.Where(sent => sent.Bytes[0] == 1).Select(sent => sent.Remote).ToList();
            return calls.Contains(configured) && calls.LastIndexOf(heard) > calls.IndexOf(configured);
        });
    }

    [Fact]
    public async Task Control_half_that_fails_should_still_see_to_new_keys_in_time()
    {
        await using var pair = await SecurePair.StartAsync(new ProtocolTimes { RekeyAfter = TimeSpan.FromSeconds(1), RekeyTimeout = TimeSpan.FromMilliseconds(100) });
        await AskAsync(pair, 1);
        (await pair.ClientPeersAsync()).Tell(new HandshakeArrived(null!, default, 0));
        Assert.Single((await (await pair.ClientPeersAsync()).Ask<SecurePeersReport>(GetSecurePeers.Instance)).Peers);
        var before = pair.ServerEnd.Transport.Peers.Sessions.Single().Stamps.Confirmed;

        // The client began the session, so new keys are its affair.
        await Eventually.TrueAsync(() =>
        {
            pair.ClientTun.Arrive(Question);
            return pair.ServerEnd.Transport.Peers.Sessions.Single().Stamps.Confirmed > before;
        });
    }

    [Fact]
    public async Task Call_of_a_key_that_is_not_ours_should_get_no_answer_and_be_counted()
    {
        await using var pair = await SecurePair.StartAsync();
        await AskAsync(pair, 1);
        using var stranger = new LocalIdentity(SecretKey.GeneratePrivate(), TimeProvider.System);
        var session = new PeerSession(new Peer(new PeerId(1), "server"), pair.ServerEnd.Key);
        session.MoveTo(SecurePair.ServerAddress);
        using var protocol = new PeerProtocol(stranger, session, null, ProtocolTimes.Standard, new SessionIndices(), () => 0);
        var commands = new List<SecureCommand>();
        protocol.Want(TimeSpan.Zero, commands);
        var call = Assert.IsType<SecureCommand.SendHandshake>(Assert.Single(commands)).Message;
        var sent = pair.ServerSocket.WrittenCount;

        pair.ServerSocket.Arrive(PacketBuilder.Endpoint("10.66.6.6:666"), call);
        await Eventually.TrueAsync(() => pair.ServerLine.Drops[DropReason.UnknownPeer] == 1);
        await AskAsync(pair, 2);
        Assert.Equal(sent + 1, pair.ServerSocket.WrittenCount);
    }

    [Fact]
    public async Task Another_private_key_should_end_every_session_and_the_former_one_begin_new_ones()
    {
        await using var pair = await SecurePair.StartAsync();
        await AskAsync(pair, 1);
        var (former, peers) = (pair.ServerEnd.Settings.PrivateKey, pair.ServerEnd.Settings.Peers);
        using var other = SecretKey.GeneratePrivate();
        pair.ServerGuardian.Tell(new UsePrivateKey(other, new ApplyPeers(peers)));
        Assert.Equal(other.ToPublic(), (await pair.ServerGuardian.Ask<SecurePeersReport>(GetSecurePeers.Instance)).OwnKey);
        await Eventually.TrueAsync(() => pair.ServerEnd.Transport.Peers.Sessions.Single().Stamps.Received is null);

        pair.ClientTun.Arrive(Question);
        await Eventually.TrueAsync(() => pair.ServerLine.Drops[DropReason.NotAuthentic] > 0);
        Assert.Equal(1, pair.ServerTun.WrittenCount);

        pair.ServerGuardian.Tell(new UsePrivateKey(former, new ApplyPeers(peers)));
        // Until both have new keys, what the client sends is lost.
        await Eventually.TrueAsync(() =>
        {
            pair.ClientTun.Arrive(Question);
            return pair.ServerTun.WrittenCount > 1;
        });
    }

    /// <summary>The <paramref name="nth"/> question goes out and its answer comes back.</summary>
    private static async Task AskAsync(SecurePair pair, int nth)
    {
        pair.ClientTun.Arrive(Question);
        await Eventually.TrueAsync(() => pair.ServerTun.WrittenCount == nth);
        var key = RunningServer.KeyOf(pair.ServerTun.Written[nth - 1].Bytes);
        pair.ServerTun.Arrive(PacketBuilder.Udp(key.Destination, key.Source, "answer"u8));
        await Eventually.TrueAsync(() => pair.ClientTun.WrittenCount == nth);
        Assert.EndsWith("answer", System.Text.Encoding.ASCII.GetString(pair.ClientTun.Written[nth - 1].Bytes));
    }
}
