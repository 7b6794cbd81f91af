// Stage: the middle of the server's line, one call a packet. Thread: the loop; the traffic counters may be read from any. Memory:
// rewrites the batch's bytes in place; nothing allocated after opening.
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Icmp;
using UdpTun.Net.Treatment;

namespace UdpTun.Net.Nat;

/// <summary>
/// One flow of one client, both ways: a mapping and a remote (for ICMP the remote's port is 0), whoever began. Made by
/// <see cref="NatTable"/>, which alone ends it.
/// </summary>
public sealed class NatSession
{
    /// <summary>How long a killed flow must be silent before it may begin anew: longer than TCP and most programs pause between two tries.</summary>
    public static readonly TimeSpan KilledTimeout = TimeSpan.FromMinutes(1);

    private const byte SentBit = 1;
    private const byte AnsweredBit = 2;

    private readonly CurrentPolicy _policy;
    private readonly IpIdentifiers _identifiers;
    private TcpTracker _tcp;
    private bool _sent;
    private bool _answered;

    internal NatSession(SessionId id, NatMapping mapping, InetEndpoint remote, bool fromOutside, CurrentPolicy policy, IpIdentifiers identifiers,
        TimeSpan now)
    {
        (_policy, _identifiers) = (policy, identifiers);
        Id = id;
        Name = NameOf(mapping.Protocol, id);
        Mapping = mapping;
        Remote = remote;
        IsFromOutside = fromOutside;
        OpenedAt = LastSeen = now;
    }

    public SessionId Id { get; }

    /// <summary>Short and unlike every other session's, such as <c>tcp-42</c>.</summary>
    public string Name { get; }

    public NatMapping Mapping { get; }

    /// <summary>Whom the client talks to.</summary>
    public InetEndpoint Remote { get; }

    /// <summary>The flow as the client sends it.</summary>
    public FlowKey OutboundFlow => new(Mapping.Protocol, Mapping.Inner, Remote);

    /// <summary>The flow as the remote's packets come in.</summary>
    public FlowKey InboundFlow => new(Mapping.Protocol, Remote, Mapping.Outer);

    /// <summary>Whether the remote began it, through a mapping that lets it in.</summary>
    public bool IsFromOutside { get; }

    public SessionState State => IsKilled ? SessionState.Killed :
        Mapping.Protocol == IpProtocol.Tcp ? _tcp.State : _sent && _answered ? SessionState.Established : SessionState.Opening;

    public TimeSpan OpenedAt { get; private set; }

    /// <summary>When a packet last kept the session alive; see <see cref="NatPolicy.InboundRefresh"/>.</summary>
    public TimeSpan LastSeen { get; private set; }

    /// <summary>What the client sent, counted by <see cref="TranslateOutbound"/>.</summary>
    public TrafficCounters Outbound { get; } = new();

    /// <summary>What the remote sent, counted by <see cref="TranslateInbound"/>.</summary>
    public TrafficCounters Inbound { get; } = new();

    /// <summary>Whether the operator ended the flow: nothing of it passes until it has been silent for <see cref="KilledTimeout"/>.</summary>
    public bool IsKilled { get; private set; }

    /// <summary>The last packet of the flow that went no further, if any, and how many there were.</summary>
    public SessionDrop? LastDrop { get; private set; }

    /// <summary>Bytes of the longest packet that routers have said the path carries, or null where none has (RFC 1191, RFC 8201).</summary>
    public int? PathMtu { get; private set; }

    /// <summary>How long the session lives from <see cref="LastSeen"/> on, in its present state.</summary>
    public TimeSpan IdleTimeout => Mapping.Protocol switch
    {
        _ when IsKilled => KilledTimeout,
        IpProtocol.Udp => _policy.Value.Timeouts.Udp,
        IpProtocol.Tcp when State == SessionState.Opening => _policy.Value.Timeouts.TcpOpening,
        IpProtocol.Tcp when State == SessionState.Established => _policy.Value.Timeouts.TcpEstablished,
        IpProtocol.Tcp => _policy.Value.Timeouts.TcpClosing,
        _ => _policy.Value.Timeouts.Icmp,
    };

    /// <summary>False once the table has ended the session: its outer endpoint may be another client's by now.</summary>
    public bool IsOpen { get; private set; } = true;

    /// <summary>Whatever the embedding program attaches, such as the actor that serves the session; never looked at here.</summary>
    public object? Handler { get; set; }

    /// <summary>What is done to the session's packets beyond translating them; null, as nearly always: nothing.</summary>
    public SessionTreatment? Treatment { get; set; }

    /// <summary>
    /// Whether packets of the flow are still on their way to whoever opens sessions, so that others wait behind them; like
    /// <see cref="Handler"/> never looked at here.
    /// </summary>
    public bool HasNewcomers { get; set; }

    /// <summary>The TCP tracker's; else 1 when the client and 2 when the remote has been heard, or their sum.</summary>
    internal byte Progress =>
        Mapping.Protocol == IpProtocol.Tcp ? _tcp.Progress : (byte)((_sent ? SentBit : 0) | (_answered ? AnsweredBit : 0));

    // Links of SessionList.
    internal NatSession? Previous { get; set; }

    internal NatSession? Next { get; set; }

    /// <summary>
    /// Gives a packet of the client its outer source, counts it and keeps the session alive (but see <see cref="TcpTracker"/> for RSTs).
    /// An ICMP error about the flow is translated and no more: it neither counts as the flow's traffic nor refreshes or changes
    /// anything (RFC 4787 REQ-12, RFC 5508 REQ-6).
    /// </summary>
    /// <param name="packet">One whole packet or super-packet that passed <see cref="PacketParser"/>, or the head of a joined one.</param>
    /// <param name="checksumPending">See <see cref="Buffers.PacketOffload.ChecksumPending"/>.</param>
    /// <param name="now">The time on the table's clock.</param>
    /// <param name="packets">Packets that it stands for.</param>
    /// <param name="bytes">Bytes of these; null: its own.</param>
    /// <returns>
    /// None; NoSession for a packet of another flow or after the session's end; or what is wrong with an ICMP error. The packet is
    /// untouched unless None.
    /// </returns>
    public DropReason TranslateOutbound(Span<byte> packet, bool checksumPending, TimeSpan now, int packets = 1, int? bytes = null)
    {
        if (!IsOpen) return DropReason.NoSession;
        if (IsKilled) return RefuseKilled(now);
        var transport = NatTranslator.Match(packet, Mapping.Protocol, Mapping.Inner, Remote);
        if (transport == NatTranslator.NoMatch) return IcmpErrorTranslator.Outbound(packet, Mapping, Remote, checksumPending);
        _sent = true;
        if (Mapping.Protocol != IpProtocol.Tcp || _tcp.See(NatTranslator.FlagsOf(packet, transport), outbound: true)) LastSeen = now;
        NatTranslator.RewriteSource(packet, transport, Mapping.Protocol, Mapping.Inner, Mapping.Outer, checksumPending);
        if (Mapping.Protocol == IpProtocol.Tcp) ClampMss(packet, transport, checksumPending);
        _identifiers.Renew(packet, Remote.Address, Mapping.Protocol, packets);
        Outbound.Add(packets, bytes ?? packet.Length);
        return DropReason.None;
    }

    /// <summary>Gives a packet of the remote its inner destination and counts it; see <see cref="TranslateOutbound"/>.</summary>
    public DropReason TranslateInbound(Span<byte> packet, bool checksumPending, TimeSpan now, int packets = 1, int? bytes = null)
    {
        if (!IsOpen) return DropReason.NoSession;
        if (IsKilled) return RefuseKilled(now);
        var transport = NatTranslator.Match(packet, Mapping.Protocol, Remote, Mapping.Outer);
        if (transport == NatTranslator.NoMatch)
        {
            var reason = IcmpErrorTranslator.Inbound(packet, Mapping, Remote, checksumPending);
            if (reason == DropReason.None) PathMtu = PacketTooBig.MtuOf(packet) ?? PathMtu;
            return reason;
        }

        _answered = true;
        var keepsAlive = Mapping.Protocol == IpProtocol.Tcp
            ? _tcp.See(NatTranslator.FlagsOf(packet, transport), outbound: false)
            : _policy.Value.InboundRefresh;
        if (keepsAlive) LastSeen = now;
        NatTranslator.RewriteDestination(packet, transport, Mapping.Protocol, Mapping.Outer, Mapping.Inner, checksumPending);
        if (Mapping.Protocol == IpProtocol.Tcp) ClampMss(packet, transport, checksumPending);
        Inbound.Add(packets, bytes ?? packet.Length);
        return DropReason.None;
    }

    /// <summary>Ends the flow: its packets are refused from now on, for as long as it goes on trying and a minute after.</summary>
    public void Kill(TimeSpan now) => (IsKilled, LastSeen) = (true, now);

    /// <summary>Notes that packets of the flow went no further.</summary>
    public void NoteDrop(DropReason reason, long packets, TimeSpan now) => (LastDrop ??= new SessionDrop()).Add(reason, packets, now);

    public override string ToString() => $"{Name} {Mapping.Inner} > {Remote} as {Mapping.Outer}";

    /// <summary>Goes on where a session of an earlier table stood.</summary>
    internal void Resume(byte progress, TimeSpan openedAt, TimeSpan lastSeen)
    {
        if (Mapping.Protocol == IpProtocol.Tcp) _tcp.Progress = progress;
        (_sent, _answered) = ((progress & SentBit) != 0, (progress & AnsweredBit) != 0);
        (OpenedAt, LastSeen) = (openedAt, lastSeen);
    }

    internal void End() => IsOpen = false;

    private DropReason RefuseKilled(TimeSpan now)
    {
        LastSeen = now;
        return DropReason.Killed;
    }

    // Only a SYN may bear the option (RFC 9293 section 3.7.1).
    private void ClampMss(Span<byte> packet, int transport, bool checksumPending)
    {
        if (_policy.Value.TunnelMtu is not (> 0 and var mtu) || (NatTranslator.FlagsOf(packet, transport) & TcpFlags.Syn) == 0) return;
        TcpMss.Clamp(packet[transport..], mtu - IpLength - TransportHeader.TcpLength, checksumPending);
    }

    // Not the offset of the transport: what the option announces is counted from the plain header (RFC 6691 section 2).
    private int IpLength => Mapping.Inner.Address.IsV4 ? IpHeader.V4Length : IpHeader.V6Length;

    internal static string NameOf(IpProtocol protocol, SessionId id) => protocol switch
    {
        IpProtocol.Tcp => $"tcp-{id}",
        IpProtocol.Udp => $"udp-{id}",
        IpProtocol.Icmp => $"icmp-{id}",
        _ => $"icmp6-{id}",
    };
}
