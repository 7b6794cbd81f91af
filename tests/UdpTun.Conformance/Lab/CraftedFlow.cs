using System.Globalization;
using System.Net;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Testing.Packets;

namespace UdpTun.Conformance.Lab;

/// <summary>
/// A flow of crafted packets between an endpoint inside a client and one in the internet, neither of which any kernel speaks for: nothing
/// passes but what the probe sends.
/// </summary>
internal sealed class CraftedFlow : IDisposable
{
    // An IP header and 8 bytes, the least that an error quotes (RFC 792).
    private const int Quote = 28;

    internal CraftedFlow(Laboratory lab, int client = 0, int? innerPort = null, IPEndPoint? remote = null)
    {
        Inside = new Wire(lab.Clients[client], "clienttun");
        Outside = new Wire(lab.Internet, "eth0", lab.Server.Run("cat", "/sys/class/net/wan0/address"));
        Inner = new IPEndPoint(Laboratory.SilentInner, innerPort ?? Laboratory.FreshPort());
        Remote = remote ?? new IPEndPoint(Laboratory.SilentFar, Laboratory.FreshPort());
    }

    internal Wire Inside { get; }

    internal Wire Outside { get; }

    internal IPEndPoint Inner { get; }

    internal IPEndPoint Remote { get; }

    /// <summary>Where the first packet that left came from.</summary>
    internal IPEndPoint? Outer { get; private set; }

    /// <summary>Sends a packet from inside and returns it as it reached the internet, or null.</summary>
    internal async Task<SeenPacket?> Leave(byte[] packet, TimeSpan? limit = null)
    {
        var (since, protocol) = (Outside.Now, packet[9]);
        Inside.Send(packet);
        var seen = await Outside.First(
            it => it.At >= since && it.Protocol == protocol && it.Destination.Equals(Remote.Address)
                && it.To.Port == PortIn(packet, Remote), limit);
        if (seen is not null) Outer ??= seen.From;
        return seen;
    }

    /// <summary>Sends a packet from the internet and returns it as it reached the client, or null.</summary>
    internal async Task<SeenPacket?> Arrive(byte[] packet, TimeSpan? limit = null)
    {
        var (since, protocol) = (Inside.Now, packet[9]);
        Outside.Send(packet);
        return await Inside.First(it => it.At >= since && it.Protocol == protocol && it.Destination.Equals(Inner.Address), limit);
    }

    internal byte[] Udp(ReadOnlySpan<byte> data = default) => PacketBuilder.Udp(Text(Inner), Text(Remote), data);

    internal byte[] UdpBack(IPEndPoint? from = null, ReadOnlySpan<byte> data = default) =>
        PacketBuilder.Udp(Text(from ?? Remote), Text(Outer!), data);

    internal byte[] Tcp(TcpFlags flags, uint sequence, uint acknowledgment, ReadOnlySpan<byte> data = default) =>
        PacketBuilder.Tcp(PacketBuilder.Endpoint(Text(Inner)), PacketBuilder.Endpoint(Text(Remote)), flags, data, sequence, acknowledgment);

    internal byte[] TcpBack(
        TcpFlags flags, uint sequence, uint acknowledgment, ReadOnlySpan<byte> data = default, IPEndPoint? from = null) =>
        PacketBuilder.Tcp(PacketBuilder.Endpoint(Text(from ?? Remote)), PacketBuilder.Endpoint(Text(Outer!)), flags, data, sequence,
            acknowledgment);

    /// <summary>The three packets that open a TCP connection from inside; false when one was lost.</summary>
    internal async Task<bool> OpenTcp() =>
        await Leave(Tcp(TcpFlags.Syn, 1000, 0)) is not null
        && await Arrive(TcpBack(TcpFlags.Syn | TcpFlags.Ack, 5000, 1001)) is not null
        && await Leave(Tcp(TcpFlags.Ack, 1001, 5001)) is not null;

    /// <summary>An ICMP error from the internet that quotes what came there.</summary>
    internal byte[] ErrorBack(SeenPacket quoted, byte type, byte code, ushort lastField = 0, IPAddress? from = null)
    {
        var (source, destination) = (InetAddress.Parse($"{from ?? Remote.Address}"), InetAddress.Parse($"{quoted.Source}"));
        var packet = PacketBuilder.Icmp(
            source, destination, type, 0, lastField, quoted.Bytes.AsSpan(0, Math.Min(quoted.Bytes.Length, Quote)));
        packet[21] = code;
        return PacketBuilder.Finish(packet);
    }

    public void Dispose()
    {
        Inside.Dispose();
        Outside.Dispose();
    }

    private static int PortIn(byte[] packet, IPEndPoint remote) => packet[9] is SeenPacket.Udp or SeenPacket.Tcp ? remote.Port : 0;

    private static string Text(IPEndPoint endpoint) => string.Create(CultureInfo.InvariantCulture, $"{endpoint}");
}
