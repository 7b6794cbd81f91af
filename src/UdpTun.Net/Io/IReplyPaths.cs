using UdpTun.Net.Flows;

namespace UdpTun.Net.Io;

/// <summary>
/// The addresses of a host with several, and the links, by which its peers reach it: answers leave by the same. A socket numbers the ways that
/// datagrams come by; 0 is one that it was not told.
/// </summary>
public interface IReplyPaths
{
    /// <summary>
    /// Says that who sent from <paramref name="remote"/> has proved who they are. From now on they are answered by that way, and not by the one of
    /// the last datagram that bears their address: anybody can forge it. 0: by the way of the last datagram again.
    /// </summary>
    void Confirm(InetEndpoint remote, ushort path);
}
