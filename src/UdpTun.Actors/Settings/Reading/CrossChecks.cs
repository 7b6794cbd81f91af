using System.Buffers.Binary;
using UdpTun.Net.Flows;
using static UdpTun.Actors.Settings.Reading.SettingsReader;

namespace UdpTun.Actors.Settings.Reading;

/// <summary>Rules that tie one setting to another; each setting alone has passed its own range.</summary>
internal static class CrossChecks
{
    internal static void Apply(TunnelSettings settings)
    {
        CheckPorts(settings.Nat, settings.Server);
        RoutedAddresses.Check(settings.Server);
        UntranslatedRules.Check(settings.Server, settings.Nat);
        StaticMappingRules.Check(settings.Nat);
        CheckNatAddress(settings.Nat.Address, settings.Server.Address);
        CheckNatAddress6(settings.Nat.Address6, settings.Server.Address6);
        CheckBackoff(settings.Reopen);
        CheckNames(settings.Tun.Name, settings.Server.Uplink);
        ShardCount.Check(settings);
    }

    // An answer that the kernel lets in for a mapping must never be taken from the socket that the clients send to.
    private static void CheckPorts(NatSettings nat, ServerSettings server)
    {
        if (server.Exit == ExitKind.Routed || !nat.Ports.Contains(server.Listen.Port)) return;
        throw Refused(NatSettings.PortsKey, nat.Ports.ToString(), $"a range without the port of udptun.server.listen ({server.Listen.Port})");
    }

    private static void CheckNatAddress(InetAddress address, InetPrefix gateway)
    {
        if (address != gateway.Address && gateway.Contains(address) && !IsSubnetEdge(address, gateway)) return;
        throw Refused(NatSettings.AddressKey, address.ToString(),
            $"a host of the subnet of udptun.server.address ({gateway}) other than the gateway");
    }

    // The network's own and its broadcast address are no hosts, except in /31 (RFC 3021).
    private static bool IsSubnetEdge(InetAddress address, InetPrefix subnet)
    {
        if (subnet.Length >= 31) return false;
        var hostBits = uint.MaxValue >> subnet.Length;
        return (address.V4 & hostBits) is 0 || (address.V4 & hostBits) == hostBits;
    }

    // Without IPv6 in the tunnel there is none to translate.
    private static void CheckNatAddress6(InetAddress? natAddress, InetPrefix? subnet)
    {
        if (natAddress is not { } address || subnet is not { } gateway) return;
        if (address != gateway.Address && gateway.Contains(address) && !IsRouterAnycast(address, gateway)) return;
        throw Refused(NatSettings.Address6Key, address.ToString(),
            $"empty or a host of the subnet of udptun.server.address6 ({gateway}) other than the gateway");
    }

    // The network's own address is its routers' (RFC 4291 section 2.6.1), except in /127 (RFC 6164).
    private static bool IsRouterAnycast(InetAddress address, InetPrefix subnet)
    {
        if (subnet.Length >= 127) return false;
        Span<byte> bytes = stackalloc byte[16];
        address.WriteMappedTo(bytes);
        return (BinaryPrimitives.ReadUInt128BigEndian(bytes) & (UInt128.MaxValue >> subnet.Length)) == 0;
    }

    private static void CheckBackoff(ReopenSettings reopen)
    {
        if (reopen.MaxBackoff < reopen.MinBackoff)
        {
            throw Refused(ReopenSettings.MaxBackoffKey, Quantity.Format(reopen.MaxBackoff),
                $"at least udptun.reopen.min-backoff ({Quantity.Format(reopen.MinBackoff)})");
        }
    }

    private static void CheckNames(string tun, string? uplink)
    {
        if (tun.Length > 0 && tun == uplink)
            throw Refused("udptun.server.uplink", uplink, "another interface than udptun.tun.name");
    }
}
