namespace UdpTun.Actors.Events;

/// <summary>What has happened.</summary>
public enum TunnelEventKind
{
    /// <summary>A flow has got its session.</summary>
    FlowOpened,

    /// <summary>A session has left the table.</summary>
    FlowClosed,

    /// <summary>A flow of a client has got no session.</summary>
    FlowRefused,

    /// <summary>The operator has ended a flow.</summary>
    FlowKilled,

    /// <summary>The operator has limited a flow, or ended the limit.</summary>
    FlowLimited,

    /// <summary>The operator has given a flow faults, or ended them.</summary>
    FlowFaulted,

    /// <summary>An inner endpoint has got an outer one.</summary>
    MappingOpened,

    /// <summary>An outer endpoint is given back.</summary>
    MappingClosed,

    /// <summary>The first of a peer: a datagram in plain mode, keys elsewhere.</summary>
    PeerCame,

    /// <summary>A peer is forgotten in plain mode; elsewhere its keys have run out, or it is none of ours any more.</summary>
    PeerGone,
}
