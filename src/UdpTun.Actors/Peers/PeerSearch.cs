using Akka.Actor;
using UdpTun.Actors.Settings;
using UdpTun.Net.Flows;
using UdpTun.Transport.Secure.Handshakes;

namespace UdpTun.Actors.Peers;

/// <summary>
/// Where to look for a peer that does not answer: each address of each of its endpoints in turn, with the names asked for anew, and where it was
/// heard last, over and over.
/// Lives in its actor's turns; an answer of the resolver comes back to the actor as a message.
/// </summary>
internal sealed class PeerSearch(Func<ServerEndpoint, Task<IReadOnlyList<InetEndpoint>>> resolve, IReadOnlyList<ServerEndpoint> endpoints)
{
    /// <summary>Unanswered initiations after which the next place is tried, and after which an only place is looked up again.</summary>
    private const int AttemptsEach = 2, AttemptsAtOnlyOne = 3;

    private static readonly TimeSpan LeastPause = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromSeconds(30);

    private readonly Queue<InetEndpoint> _left = new();
    private IReadOnlyList<ServerEndpoint> _endpoints = endpoints;
    private TimeSpan _pause = LeastPause;
    private bool _isAsking, _hasSeveral;
    private int _next, _attempts, _round;

    /// <summary>Whether it is time to look elsewhere.</summary>
    public bool IsDue(PeerProtocol protocol)
    {
        if (_endpoints.Count == 0 || _isAsking || !protocol.IsCalling) return false;
        if (protocol.Attempts < _attempts) _attempts = 0; // a success has set it back
        return protocol.Attempts - _attempts >= (_hasSeveral || _endpoints.Count > 1 ? AttemptsEach : AttemptsAtOnlyOne);
    }

    /// <summary>Finds the next place and tells it to the actor, as <see cref="Found"/> or <see cref="NotFound"/>.</summary>
    public void Next(IActorRef actor)
    {
        if (_isAsking || _endpoints.Count == 0) return;
        _isAsking = true;
        if (_left.TryDequeue(out var place))
        {
            actor.Tell(new Found([place], _round));
            return;
        }

        var (endpoint, round) = (_endpoints[_next++ % _endpoints.Count], _round);
        resolve(endpoint).PipeTo(actor,
            success: places => places.Count > 0 ? new Found(places, round) : new NotFound(endpoint, "no usable address", round),
            failure: reason => new NotFound(endpoint, reason.Message, round));
    }

    /// <summary>Whether an answer is to a question about the endpoints of now: the resolver may take its time, and they may change meanwhile.</summary>
    public bool Awaits(int round) => round == _round;

    /// <summary>The first of the places, to be tried now; the others wait for their turn.</summary>
    public InetEndpoint Take(Found found, PeerProtocol protocol)
    {
        (_isAsking, _pause, _attempts) = (false, LeastPause, protocol.Attempts);
        foreach (var place in found.Places.Skip(1)) _left.Enqueue(place);
        // It has moved since its endpoint was written down, and may be there still.
        if (protocol.Session.HeardAt is { } heard && !found.Places.Contains(heard) && _left.Count == 0) _left.Enqueue(heard);
        if (_left.Count > 0) _hasSeveral = true;
        return found.Places[0];
    }

    /// <summary>How long to wait before the next try; longer each time.</summary>
    public TimeSpan Fail()
    {
        _isAsking = false;
        var pause = _pause;
        _pause = _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
        return pause;
    }

    /// <summary>Looks elsewhere from now on. True when these are other endpoints than before, and some.</summary>
    public bool Use(IReadOnlyList<ServerEndpoint> endpoints)
    {
        if (endpoints.SequenceEqual(_endpoints)) return false;
        (_endpoints, _next, _hasSeveral, _isAsking) = (endpoints, 0, false, false);
        _round++;
        _left.Clear();
        return endpoints.Count > 0;
    }

    /// <summary>Addresses, best first.</summary>
    public sealed record Found(IReadOnlyList<InetEndpoint> Places, int Round) : INoSerializationVerificationNeeded;

    /// <summary>The resolver had none.</summary>
    public sealed record NotFound(ServerEndpoint Endpoint, string Reason, int Round) : INoSerializationVerificationNeeded;
}
