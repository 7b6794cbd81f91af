using UdpTun.Actors.Messages;
using UdpTun.Host.Control.Status;
using UdpTun.Net.Counters;

namespace UdpTun.Host.Control.Flows;

/// <summary>A session as the answers tell it.</summary>
internal static class FlowText
{
    public static FlowStatus Of(SessionReport session) => new()
    {
        Id = session.Name,
        Protocol = session.Name.Split('-')[0],
        Peer = session.Client,
        Inner = session.Mapping.Inner.ToString(),
        Outer = session.Mapping.Outer.ToString(),
        Remote = session.Remote.Port == 0 ? session.Remote.Address.ToString()! : session.Remote.ToString(),
        State = session.State.ToString().ToLowerInvariant(),
        AgeSeconds = Seconds(session.Age),
        IdleSeconds = Seconds(session.Idle),
        LeftSeconds = Seconds(session.IdleTimeout - session.Idle),
        Out = Of(session.Outbound),
        In = Of(session.Inbound),
        OutRate = session.Rate is var (sent, _) ? Math.Round(sent) : null,
        InRate = session.Rate is var (_, received) ? Math.Round(received) : null,
    };

    public static double Seconds(TimeSpan time) => Math.Round(Math.Max(0, time.TotalSeconds), 1);

    private static TrafficStatus Of(TrafficCounters counters) => new(counters.Packets, counters.Bytes);
}
