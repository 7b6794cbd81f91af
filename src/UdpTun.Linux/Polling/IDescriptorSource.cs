using UdpTun.Linux.Interop;
using UdpTun.Net.Io;

namespace UdpTun.Linux.Polling;

/// <summary>A source that epoll can watch, because a descriptor stands behind it.</summary>
internal interface IDescriptorSource : IPollSource
{
    FileDescriptor Descriptor { get; }
}
