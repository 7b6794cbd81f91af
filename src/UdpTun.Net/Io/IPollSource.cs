namespace UdpTun.Net.Io;

/// <summary>A device or socket that an <see cref="IPoller"/> of the same family can wait on.</summary>
public interface IPollSource : IDisposable
{
    /// <summary>What a log calls it: the interface's name or the socket's address.</summary>
    string Name { get; }
}
