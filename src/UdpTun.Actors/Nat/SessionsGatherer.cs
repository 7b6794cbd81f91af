using Akka.Actor;
using UdpTun.Actors.Messages;

namespace UdpTun.Actors.Nat;

/// <summary>
/// Asks the NAT of every shard for its sessions, answers as one, and is gone. A NAT that stays silent leaves the asker to its patience.
/// </summary>
internal sealed class SessionsGatherer : ReceiveActor
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly List<SessionsReport> _reports = [];

    public SessionsGatherer(IReadOnlyList<IActorRef> nats, GetSessions query, IActorRef asker)
    {
        Receive<SessionsReport>(report =>
        {
            _reports.Add(report);
            if (_reports.Count == nats.Count) Answer(query, asker);
        });
        Receive<ReceiveTimeout>(_ => Context.Stop(Self));
        SetReceiveTimeout(Patience);
        foreach (var nat in nats) nat.Tell(query);
    }

    public static Props Props(IReadOnlyList<IActorRef> nats, GetSessions query, IActorRef asker) =>
        Akka.Actor.Props.Create(() => new SessionsGatherer(nats, query, asker));

    private void Answer(GetSessions query, IActorRef asker)
    {
        asker.Tell(new SessionsReport(
            [.. _reports.SelectMany(report => report.Sessions).OrderBy(session => session.Age).Take(query.Max)],
            _reports.Sum(report => report.SessionCount),
            _reports.Sum(report => report.MappingCount),
            [.. _reports.SelectMany(report => report.Kept).Take(2 * query.Max)]));
        Context.Stop(Self);
    }
}
