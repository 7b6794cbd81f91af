// Stage: first of a client's way out and of a server's way back. Thread: event loop. Memory: see DeviceReader.
using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Io;

namespace UdpTun.Actors.Tun;

/// <summary>
/// Reads the TUN, a burst a turn, and delivers it along its route. Owns the device: closes it when it is lost or the actor stops,
/// and keeps it over a restart, since with the device its addresses and routes would go.
/// </summary>
internal sealed class TunReaderActor : HandlerActor
{
    private readonly DeviceReader _reader;
    private ITunDevice? _device;

    public TunReaderActor(LineContext line)
    {
        _reader = new DeviceReader(line, Self, line.Traffic.FromTun);
        Receive<ReadReady>(OnReadReady);
        Receive<HandedOver>(handed => _reader.Deliver(handed.Burst));
        Receive<TunOpened>(OnOpened);
        Receive<CloseDevice>(OnClose);
        Receive<PauseReading>(_ => _reader.Pause(Sender));
        Receive<ResumeReading>(_ => _reader.Resume(Sender));
    }

    public static Props Props(LineContext line) => PropsOf(() => new TunReaderActor(line));

    protected override void PreStart() => Context.Parent.Tell(GetDevice.Instance);

    protected override void PreRestart(Exception reason, object message) => _reader.Close();

    protected override void PostStop() => CloseDevice();

    private void OnReadReady(ReadReady ready)
    {
        var device = _device;
        if (device is null || _reader.ReadBurst() is not (var status and not IoStatus.Ok)) return;
        CloseDevice();
        Context.Parent.Tell(new DeviceLost(device, status));
    }

    private void OnOpened(TunOpened opened)
    {
        if (!ReferenceEquals(_device, opened.Device)) CloseDevice();
        _device = opened.Device;
        _reader.Open(opened.Device, opened.Device.Read, opened.Route);
    }

    private void OnClose(CloseDevice close)
    {
        if (ReferenceEquals(_device, close.Device)) CloseDevice();
    }

    private void CloseDevice()
    {
        _reader.Close();
        _device?.Dispose();
        _device = null;
    }
}
