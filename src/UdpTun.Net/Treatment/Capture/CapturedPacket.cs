using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;

namespace UdpTun.Net.Treatment.Capture;

/// <summary>What a <see cref="PacketTap"/> notes in front of a copied packet. Of plain values alone: it lies in a <see cref="PacketRing"/>.</summary>
internal struct CapturedPacket
{
    /// <summary>On the line's clock.</summary>
    public TimeSpan At;

    /// <summary>The same for both views of one packet.</summary>
    public long Number;

    /// <summary>0 where no session was opened for it.</summary>
    public long Session;

    public InetEndpoint Client;

    /// <summary>The session's inner endpoint; without one the packet's source.</summary>
    public InetEndpoint Inner;

    /// <summary>The session's outer endpoint; without one the packet's destination.</summary>
    public InetEndpoint Outer;

    public PacketOffload Offload;

    public IpProtocol Protocol;

    public CaptureSide Side;

    /// <summary>Towards the internet, or else from it.</summary>
    public bool IsOutbound;

    /// <summary>Whether it goes on from here, translated; or else it has just arrived.</summary>
    public bool IsLeaving;

    /// <summary>Whether it is the first of its session that the tap sees.</summary>
    public bool IsFirst;

    /// <summary>Whether the session was opened for it.</summary>
    public bool OpensSession;

    /// <summary>Why it went no further; None when it did.</summary>
    public DropReason Reason;
}
