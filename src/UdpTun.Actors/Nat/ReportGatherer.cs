using Akka.Actor;
using UdpTun.Actors.Tunnel;

namespace UdpTun.Actors.Nat;

/// <summary>
/// Asks the same of every shard, answers as one, and is gone. A shard that stays silent leaves the asker to its patience.
/// </summary>
internal sealed class ReportGatherer<TReport> : HandlerActor
    where TReport : class
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly List<TReport> _reports = [];

    public ReportGatherer(IReadOnlyList<IActorRef> shards, object query, Func<IReadOnlyList<TReport>, TReport> join, IActorRef asker)
    {
        Receive<TReport>(report =>
        {
            _reports.Add(report);
            if (_reports.Count < shards.Count) return;
            asker.Tell(join(_reports));
            Context.Stop(Self);
        });
        Receive<ReceiveTimeout>(_ => Context.Stop(Self));
        SetReceiveTimeout(Patience);
        foreach (var shard in shards) shard.Tell(query);
    }

    /// <param name="shards">Whom to ask, one or more.</param>
    /// <param name="query">What.</param>
    /// <param name="join">Makes one answer of theirs.</param>
    /// <param name="asker">Who gets it.</param>
    public static Props Props(
        IReadOnlyList<IActorRef> shards, object query, Func<IReadOnlyList<TReport>, TReport> join, IActorRef asker) =>
        PropsOf(() => new ReportGatherer<TReport>(shards, query, join, asker));
}
