// Stage: last of a server's way out and of a client's way back. Thread: event loop. Memory: see DeviceWriter.
using Akka.Actor;
using Akka.Event;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Io;

namespace UdpTun.Actors.Tun;

/// <summary>Writes flow batches to the TUN, which the reader owns. Without a device it drops and counts.</summary>
internal sealed class TunWriterActor : PacketActor
{
    private readonly LineContext _line;
    private readonly ILoggingAdapter _log = LiveLog.Of(Context);
    private readonly DeviceWriter _writer;
    private ITunDevice? _device;

    public TunWriterActor(LineContext line) : base(line.Drops)
    {
        _line = line;
        _writer = new DeviceWriter(line, Self, line.Traffic.ToTun);
        Receive<FlowBatch>(OnBatch);
        Receive<Flush>(_ => Write());
        Receive<WriteReady>(_ => Write());
        Receive<TunOpened>(OnOpened);
        Receive<CloseDevice>(OnClose);
    }

    public static Props Props(LineContext line) => PropsOf(() => new TunWriterActor(line));

    protected override void PreStart() => Context.Parent.Tell(GetDevice.Instance);

    protected override void PostStop() => LetGo();

    private void OnBatch(FlowBatch batch)
    {
        Keep();
        _writer.Add(batch.Packets, Sender);
    }

    private void Write()
    {
        if (_device is not { } device || _writer.Flush(device) is not (var status and not IoStatus.Ok)) return;
        LetGo();
        Context.Parent.Tell(new DeviceLost(device, status));
    }

    private void OnOpened(TunOpened opened)
    {
        if (ReferenceEquals(_device, opened.Device)) return; // told unasked, and in answer to our question
        _device = opened.Device;
        _writer.Device = opened.Device.Write;
        _line.Joining.Use(opened.Device.Offload);
        _log.Info("offload at {Device}: {Offload}", opened.Device.Name, opened.Device.Offload);
    }

    private void OnClose(CloseDevice close)
    {
        if (ReferenceEquals(_device, close.Device)) LetGo();
    }

    private void LetGo()
    {
        _device = null;
        _line.Joining.Use(default);
        _writer.Clear();
    }
}
