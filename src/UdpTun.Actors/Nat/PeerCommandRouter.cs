using Akka.Actor;
using UdpTun.Actors.Lines;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tunnel;

namespace UdpTun.Actors.Nat;

/// <summary>
/// Asks the NAT of every shard whether it knows the peer that a command names, passes the command on to the one that does, and is gone.
/// </summary>
internal sealed class PeerCommandRouter : HandlerActor
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly IReadOnlyList<LineParts> _shards;
    private readonly PeerCommand _command;
    private readonly IActorRef _asker;
    private readonly List<(IActorRef Nat, string Client)> _found = [];
    private int _answers;

    public PeerCommandRouter(IReadOnlyList<LineParts> shards, PeerCommand command, IActorRef asker)
    {
        (_shards, _command, _asker) = (shards, command, asker);
        Receive<PeersFound>(OnFound);
        Receive<ReceiveTimeout>(_ => Context.Stop(Self));
        SetReceiveTimeout(Patience);
        foreach (var shard in shards) shard.Nat.Tell(new FindPeers(command.Peer));
    }

    public static Props Props(IReadOnlyList<LineParts> shards, PeerCommand command, IActorRef asker) =>
        PropsOf(() => new PeerCommandRouter(shards, command, asker));

    private void OnFound(PeersFound found)
    {
        _found.AddRange(found.Clients.Select(client => (Sender, client)));
        if (++_answers < _shards.Count) return;
        if (_found is [var (nat, _)]) ReceiverAt(nat).Tell(_command, _asker);
        else _asker.Tell(new PeerNotFound([.. _found.Select(match => match.Client)]));
        Context.Stop(Self);
    }

    private IActorRef ReceiverAt(IActorRef nat) => _command is PingPeer ? _shards.First(shard => Equals(shard.Nat, nat)).Gateway! : nat;
}
