// Stage: last of a client's way out and of a server's way back; first of the other two. Thread: event loop.
// Memory: see DeviceReader and DeviceWriter.
using Akka.Actor;
using Akka.Event;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Buffers;
using UdpTun.Net.Headers;
using UdpTun.Net.Io;
using UdpTun.Transport;
using UdpTun.Transport.Secure;
using UdpTun.Transport.Secure.Commands;
using UdpTun.Transport.Secure.Sessions;

namespace UdpTun.Actors.Udp;

/// <summary>
/// Both directions of the UDP socket: datagrams become packets and go along the route; flow batches become datagrams and go to
/// their peer. Owns the socket: closes it when it is lost or the actor stops, and keeps it over a restart.
/// </summary>
internal sealed class UdpEndpointActor : PacketActor
{
    private readonly LineContext _line;
    private readonly ILoggingAdapter _log = LiveLog.Of(Context);
    private readonly ITransport _transport;
    private readonly DeviceReader _reader;
    private readonly DeviceWriter _writer;
    private readonly Action<PacketBurst> _open;
    private readonly Dictionary<PeerSession, ForTransport> _waiting = []; // each peer's last handshake message, for when there is a socket
    private IUdpSocket? _socket;

    public UdpEndpointActor(LineContext line, ITransport transport) : base(line.Drops)
    {
        _line = line;
        _transport = transport;
        _reader = new DeviceReader(line, Self, line.Traffic.FromUdp);
        _writer = new DeviceWriter(line, Self, line.Traffic.ToUdp);
        _open = Open;
        Receive<FlowBatch>(OnBatch);
        Receive<Flush>(_ => OnFlush());
        Receive<ForTransport>(OnCommand);
        Receive<ReachPacketHalves>(_ => Sender.Tell(PacketHalvesReached.Instance));
        Receive<ReadReady>(OnReadReady);
        Receive<WriteReady>(_ => Send());
        Receive<HandedOver>(handed => _reader.Deliver(handed.Burst, _open));
        Receive<UdpOpened>(OnOpened);
        Receive<CloseDevice>(OnClose);
        Receive<PauseReading>(_ => _reader.Pause(Sender));
        Receive<ResumeReading>(_ => _reader.Resume(Sender));
    }

    public static Props Props(LineContext line, ITransport transport) =>
        PropsOf(() => new UdpEndpointActor(line, transport));

    protected override void PreStart() => Context.Parent.Tell(GetDevice.Instance);

    protected override void PreRestart(Exception reason, object message)
    {
        _transport.EndRound();
        _reader.Close();
        _writer.Clear();
    }

    protected override void PostStop()
    {
        CloseSocket();
        if (_transport is SecureTransport secure) secure.Close(_line.Turn);
        AddReady(Self);
    }

    private void OnBatch(FlowBatch batch)
    {
        _line.OuterClass.Mark(batch.Packets);
        Keep();
        _transport.Seal(batch.Packets, _line.Turn);
        AddReady(Sender);
    }

    private void OnReadReady(ReadReady ready)
    {
        if (_socket is not null) GiveUpUnlessOk(_reader.ReadBurst());
    }

    private void OnFlush()
    {
        _transport.EndRound();
        Send();
    }

    private void OnCommand(ForTransport message)
    {
        if (_transport is not SecureTransport secure) throw new InvalidOperationException($"the transport {_transport.Name} takes no commands");
        if (_socket is null && message.Command is SecureCommand.SendHandshake handshake)
        {
            _waiting[handshake.Session] = message;
            return;
        }

        secure.Do(message.Command, _line.Turn);
        AddReady(Self);
    }

    /// <summary>What the transport has made goes to the socket; where that is full, <paramref name="feeder"/> is asked to pause.</summary>
    private void AddReady(IActorRef feeder)
    {
        while (_transport.TryTakeReady(out var datagrams)) _writer.Add(datagrams, feeder);
        if (_socket is null) _transport.EndRound(); // no flush will follow
    }

    private void Send()
    {
        if (_socket is not null) GiveUpUnlessOk(_writer.Flush(_socket));
    }

    private IoResult Receive(PacketBurst burst)
    {
        var result = _socket!.Receive(burst);
        Open(burst);
        return result;
    }

    private void Open(PacketBurst burst)
    {
        _transport.Open(burst, _line.Turn);
        OuterClass.Apply(burst, _line.Drops);
        AddReady(Self);
    }

    private void GiveUpUnlessOk(IoStatus status)
    {
        if (status == IoStatus.Ok || _socket is not { } socket) return;
        CloseSocket();
        Context.Parent.Tell(new DeviceLost(socket, status));
    }

    private void OnOpened(UdpOpened opened)
    {
        if (ReferenceEquals(_socket, opened.Socket)) return; // told unasked, and in answer to our question
        CloseSocket();
        _socket = opened.Socket;
        _writer.Device = opened.Socket.Send;
        _log.Info("offload at {Device}: {Offload}", opened.Socket.Name, opened.Socket.Offload);
        _reader.Open(opened.Socket, Receive, opened.Route);
        if (_transport is not SecureTransport secure) return;
        secure.ReplyPaths = opened.Socket;
        secure.OnSocketOpened();
        foreach (var handshake in _waiting.Values) OnCommand(handshake);
        _waiting.Clear();
    }

    private void OnClose(CloseDevice close)
    {
        if (ReferenceEquals(_socket, close.Device)) CloseSocket();
    }

    private void CloseSocket()
    {
        _reader.Close();
        _writer.Clear();
        _socket?.Dispose();
        _socket = null;
        if (_transport is SecureTransport secure) secure.ReplyPaths = null;
    }
}
