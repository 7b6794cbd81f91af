using UdpTun.Net.Flows;
using UdpTun.Net.Headers;

namespace UdpTun.Net.Fragments;

/// <summary>
/// What all fragments of one datagram have in common (RFC 791 section 3.2; RFC 8200 section 4.5, where the protocol is no part of it, as
/// only the first fragment's counts), and the tunnel's peer that they came from.
/// </summary>
internal readonly record struct FragmentId(
    InetEndpoint Remote, InetAddress Source, InetAddress Destination, IpProtocol Protocol, uint Identification)
{
    public static FragmentId Of(IpHeader fragment, InetEndpoint remote) => new(
        remote, fragment.Source, fragment.Destination, fragment.IsV4 ? (IpProtocol)fragment.Protocol : IpProtocol.None, fragment.Identification);
}
