using System.Text.Json;
using UdpTun.Linux.Tun;
using UdpTun.Net.Flows;

namespace UdpTun.Linux.HostSetup;

/// <summary>
/// Brings a TUN into the state its options ask for. On a device of our own nothing is journaled, for it takes everything along when it
/// goes. On an attached one only what is missing is added, with its undoing.
/// </summary>
internal sealed class LinkSetup(TunDeviceOptions options, HostJournal journal, bool attached, Action<string>? warn)
{
    private readonly string _name = options.Name;

    public void Apply()
    {
        var before = Describe();
        SetLink("mtu", before.GetProperty("mtu").GetInt32(), options.Mtu);
        SetLink("txqueuelen", before.GetProperty("txqlen").GetInt32(), options.QueueLength);
        SetMaxSuperPacket(before);
        if (options.OthersSetUp) return;
        var withV6 = HasV6();
        // Without it the kernel gives the device a link-local address and sends router solicitations into the tunnel.
        if (!attached && withV6) Ip("link", "set", "dev", _name, "addrgenmode", "none");
        if (!IsUp(before)) Change(["link", "set", "dev", _name, "up"], ["link", "set", "dev", _name, "down"]);
        AddAddresses(before, withV6);
        AddRoutes(withV6);
    }

    private static bool IsUp(JsonElement link) => link.GetProperty("flags").EnumerateArray().Any(flag => flag.GetString() == "UP");

    private static string Family(InetAddress address) => address.IsV4 ? "-4" : "-6";

    /// <summary>False on a kernel without IPv6, where it is switched off, and on a device with an MTU below 1280.</summary>
    private bool HasV6() => Sysctl.TryRead($"net/ipv6/conf/{_name}/disable_ipv6") == "0";

    private JsonElement Describe()
    {
        using var links = JsonDocument.Parse(Ip("-d", "-j", "address", "show", "dev", _name));
        return links.RootElement[0].Clone();
    }

    private void SetLink(string property, int before, int after)
    {
        if (before == after) return;
        Change(["link", "set", "dev", _name, property, $"{after}"], ["link", "set", "dev", _name, property, $"{before}"]);
    }

    /// <summary>An ip or a kernel that does not know the limit does without; packets are then cut in two more often.</summary>
    private void SetMaxSuperPacket(JsonElement before)
    {
        const string Limit = "gso_max_size";
        if (options.MaxSuperPacket == 0 || !before.TryGetProperty(Limit, out var now) || now.GetInt32() == options.MaxSuperPacket) return;
        SetLink(Limit, now.GetInt32(), options.MaxSuperPacket);
    }

    private void AddAddresses(JsonElement before, bool withV6)
    {
        var present = before.GetProperty("addr_info").EnumerateArray()
            .Select(entry => InetAddress.Parse(entry.GetProperty("local").GetString()!))
            .ToHashSet();
        foreach (var address in options.Addresses)
        {
            if (!address.Address.IsV4 && !withV6)
            {
                warn?.Invoke($"{_name}: IPv6 is off on this device, so {address} is left out (the host's disable_ipv6, or an MTU below 1280)");
                continue;
            }

            if (present.Contains(address.Address)) continue;
            // Duplicate address detection has nobody to ask on a TUN and would only delay the address.
            string[] extra = address.Address.IsV4 ? [] : ["nodad"];
            Change(["address", "add", $"{address}", "dev", _name, .. extra], ["address", "del", $"{address}", "dev", _name]);
        }
    }

    private void AddRoutes(bool withV6)
    {
        foreach (var route in options.Routes)
        {
            if (!route.Destination.Address.IsV4 && !withV6)
            {
                warn?.Invoke($"{_name}: IPv6 is off on this device, so the route to {route.Destination} is left out");
                continue;
            }

            string[] table = route.Table == 0 ? [] : ["table", $"{route.Table}"];
            string[] path = [$"{route.Destination.Network()}", "dev", _name, .. table];
            var family = Family(route.Destination.Address);
            if ((attached || options.SeveralQueues) && IsPresent(family, path)) continue;
            Change([family, "route", "add", .. path], [family, "route", "del", .. path]);
        }
    }

    /// <summary>
    /// Whether the owner of the device, or whoever opened another queue of it, has made the route. A table without any does not exist, which
    /// ip reports as an error.
    /// </summary>
    private bool IsPresent(string family, string[] path)
    {
        var routes = journal.Commands.Try(null, "ip", [family, "route", "show", "exact", .. path]);
        return routes.Succeeded && !string.IsNullOrWhiteSpace(routes.Output);
    }

    private void Change(string[] change, string[] undo)
    {
        if (attached) journal.Make(new CommandChange(["ip", .. change], ["ip", .. undo]));
        else Ip(change);
    }

    private string Ip(params string[] arguments) => journal.Commands.Run("ip", arguments);
}
