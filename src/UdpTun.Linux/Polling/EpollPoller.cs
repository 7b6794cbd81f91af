// What the event loop sleeps on: one epoll instance, level-triggered, with an eventfd in it for wake-ups. Runs on the loop's
// thread, Wake alone on any. Owns its event buffer (pinned, made once); Wait allocates nothing.
using UdpTun.Linux.Interop;
using UdpTun.Net.Io;

namespace UdpTun.Linux.Polling;

/// <summary>Waits with epoll(7). Takes the devices and sockets of this library.</summary>
public sealed unsafe class EpollPoller : IPoller
{
    private const int MaxEvents = 64;
    private const ulong WakeToken = ulong.MaxValue;

    private readonly FileDescriptor _epoll;
    private readonly FileDescriptor _wake;
    private readonly byte[] _buffer = GC.AllocateArray<byte>(MaxEvents * epoll_event.Size, pinned: true);
    private readonly byte* _events;

    /// <exception cref="IOException">The process is out of descriptors.</exception>
    public EpollPoller()
    {
        _events = Pinned.First(_buffer);
        _epoll = new FileDescriptor(SysEpoll.epoll_create1(SysEpoll.EPOLL_CLOEXEC));
        if (_epoll.IsInvalid) throw LinuxCall.Failed("epoll_create1", "poller", LastErrno.Value);
        _wake = new FileDescriptor(SysEpoll.eventfd(0, SysEpoll.EFD_CLOEXEC | SysEpoll.EFD_NONBLOCK));
        if (_wake.IsInvalid) throw LinuxCall.Failed("eventfd", "poller", LastErrno.Value);
        Control(SysEpoll.EPOLL_CTL_ADD, _wake, "eventfd", SysEpoll.EPOLLIN, WakeToken);
    }

    public void Add(IPollSource source, int token, PollInterest interest) =>
        Control(SysEpoll.EPOLL_CTL_ADD, DescriptorOf(source), source.Name, EventsOf(interest), (uint)token);

    public void Change(IPollSource source, int token, PollInterest interest) =>
        Control(SysEpoll.EPOLL_CTL_MOD, DescriptorOf(source), source.Name, EventsOf(interest), (uint)token);

    public void Remove(IPollSource source)
    {
        var descriptor = DescriptorOf(source);
        // Closing took it out of the set already, and its number may belong to another source by now.
        if (descriptor.IsClosed) return;
        if (SysEpoll.epoll_ctl(_epoll, SysEpoll.EPOLL_CTL_DEL, descriptor, null) == 0) return;
        if (LastErrno.Value is var errno and not (Errno.ENOENT or Errno.EBADF)) throw LinuxCall.Failed("epoll_ctl", source.Name, errno);
    }

    public int Wait(Span<PollEvent> ready, int timeoutMilliseconds)
    {
        // Never more than fits: the kernel moves what it has reported to the end of its list, so a dropped event would wait a round.
        var count = SysEpoll.epoll_wait(_epoll, _events, Math.Min(ready.Length, MaxEvents), timeoutMilliseconds);
        if (count < 0)
        {
            if (LastErrno.Value is var errno and not Errno.EINTR) throw LinuxCall.Failed("epoll_wait", "poller", errno);
            return 0;
        }

        var filled = 0;
        for (var index = 0; index < count; index++)
        {
            var entry = _events + (index * epoll_event.Size);
            var data = epoll_event.Data(entry);
            if (data == WakeToken) DrainWake();
            else ready[filled++] = ToPollEvent((int)(uint)data, epoll_event.Events(entry));
        }

        return filled;
    }

    public void Wake()
    {
        var one = 1UL;
        try
        {
            // EAGAIN means that the counter is full, hence the poller already awake.
            while (Unistd.write(_wake, &one, sizeof(ulong)) < 0 && LastErrno.Value == Errno.EINTR)
            {
            }
        }
        catch (ObjectDisposedException)
        {
            // Another thread was late with work for a loop that has ended.
        }
    }

    public void Dispose()
    {
        _wake.Dispose();
        _epoll.Dispose();
    }

    private static FileDescriptor DescriptorOf(IPollSource source) =>
        source is IDescriptorSource known ? known.Descriptor : throw new ArgumentException($"{source.Name} has no descriptor to poll", nameof(source));

    private static uint EventsOf(PollInterest interest) =>
        ((interest & PollInterest.Read) != 0 ? SysEpoll.EPOLLIN : 0) | ((interest & PollInterest.Write) != 0 ? SysEpoll.EPOLLOUT : 0);

    private static PollEvent ToPollEvent(int token, uint events) => new(
        token,
        Readable: (events & (SysEpoll.EPOLLIN | SysEpoll.EPOLLERR | SysEpoll.EPOLLHUP)) != 0,
        Writable: (events & SysEpoll.EPOLLOUT) != 0);

    private void Control(int operation, FileDescriptor descriptor, string name, uint events, ulong data)
    {
        var entry = stackalloc byte[16];
        epoll_event.Write(entry, events, data);
        if (SysEpoll.epoll_ctl(_epoll, operation, descriptor, entry) < 0) throw LinuxCall.Failed("epoll_ctl", name, LastErrno.Value);
    }

    private void DrainWake()
    {
        ulong calls;
        _ = Unistd.read(_wake, &calls, sizeof(ulong));
    }
}
