using Akka.Actor;
using Akka.Event;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Settings;
using UdpTun.Net.Io;

namespace UdpTun.Actors.Tunnel;

/// <summary>
/// Keeps one end of the line open for the guardian: opens it off the loop, hands it to the actors that use it, looks after it,
/// and after a loss opens it again with a growing pause. Lives in the guardian's turns; all work that may block runs as a task
/// and comes back as a message to the guardian.
/// </summary>
internal sealed class DeviceKeeper(
    IDeviceFactory<IPollSource> factory, Func<IPollSource, object> announce, IReadOnlyList<IActorRef> users, Func<ReopenSettings> reopen,
    IActorRef guardian, ITimerScheduler timers, ILoggingAdapter log)
{
    private IPollSource? _device;
    private TimeSpan? _nextPause; // null: the first
    private bool _wasOpen;
    private long _losses;

    public bool IsOpen => _device is not null;

    private TimeSpan Pause => _nextPause ?? reopen().MinBackoff;

    public bool IsSocket => factory is IDeviceFactory<IUdpSocket>;

    public DeviceStatus Status => new(factory.Name, IsOpen, _losses);

    public DeviceReport Report() => new(_device?.Name ?? factory.Name, _device switch
    {
        ITunDevice tun => tun.Offload.ToString(),
        IUdpSocket udp => udp.Offload.ToString(),
        _ => null,
    });

    /// <summary>Starts an attempt, also while a device is open, which its users then let go of; its outcome arrives at the guardian as <see cref="Opened"/> or <see cref="Failed"/>.</summary>
    public void Open() => Task.Run(factory.Open).PipeTo(guardian,
        success: device => new Opened(this, device), failure: reason => new Failed(this, reason));

    public void OnOpened(IPollSource device)
    {
        _device = device;
        if (_wasOpen) log.Info("{Device} is open again", device.Name);
        else log.Info("{Device} is open", device.Name);
        (_wasOpen, _nextPause) = (true, null);
        foreach (var user in users) user.Tell(announce(device));
    }

    /// <summary>True when this was the very first attempt, about which somebody may be waiting to hear.</summary>
    public bool OnFailed(Exception reason)
    {
        if (_wasOpen)
        {
            log.Warning("{Device} cannot be opened again yet, next try in {Pause} s: {Reason}",
                factory.Name, Pause.TotalSeconds, reason.Message);
        }

        ScheduleOpen();
        return !_wasOpen;
    }

    /// <summary>The device went away, or is of no use any more: its users let go of it and a new one is opened.</summary>
    public void OnLost(IPollSource device, string what)
    {
        if (!ReferenceEquals(_device, device)) return; // one loss is noticed by both users
        _device = null;
        _losses++;
        log.Warning("{Device} {What}; sessions are kept and it is opened again in {Pause} s", device.Name, what, Pause.TotalSeconds);
        foreach (var user in users) user.Tell(new CloseDevice(device));
        ScheduleOpen();
    }

    /// <summary>A user that is new or restarted asks for what it missed.</summary>
    public void OnGetDevice(IActorRef user)
    {
        if (_device is not null && users.Contains(user)) user.Tell(announce(_device));
    }

    /// <summary>Looks after an open device; the finding arrives at the guardian as <see cref="Checked"/>.</summary>
    public void Check()
    {
        if (_device is not { } device) return;
        Task.Run(factory.IsHealthy).PipeTo(guardian,
            success: healthy => new Checked(this, device, healthy), failure: _ => new Checked(this, device, false));
    }

    public void OnChecked(IPollSource device, bool healthy)
    {
        if (!healthy) OnLost(device, "is down or gone");
    }

    private void ScheduleOpen()
    {
        timers.StartSingleTimer(this, new TryAgain(this), Pause);
        _nextPause = Pause * 2 < reopen().MaxBackoff ? Pause * 2 : reopen().MaxBackoff;
    }

    /// <summary>An attempt succeeded.</summary>
    public sealed record Opened(DeviceKeeper Keeper, IPollSource Device) : INoSerializationVerificationNeeded;

    /// <summary>An attempt failed.</summary>
    public sealed record Failed(DeviceKeeper Keeper, Exception Reason) : INoSerializationVerificationNeeded;

    /// <summary>The pause after a failed attempt or a loss is over.</summary>
    public sealed record TryAgain(DeviceKeeper Keeper) : INoSerializationVerificationNeeded;

    /// <summary>The device was looked at.</summary>
    public sealed record Checked(DeviceKeeper Keeper, IPollSource Device, bool Healthy) : INoSerializationVerificationNeeded;
}
