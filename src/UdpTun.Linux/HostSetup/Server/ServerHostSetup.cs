using UdpTun.Net.Flows;
using UdpTun.Net.Io;
using UdpTun.Net.Nat;

namespace UdpTun.Linux.HostSetup;

/// <summary>
/// Lets packets pass between the server's TUN and the internet: forwarding on, masquerade at the uplink, nothing from the tunnel
/// to the server itself; with the exit port-range also the NAT's ports from the internet to the NAT. All of it by device name, so it may
/// be applied before the TUN is open and outlives its reopening.
/// Undone when the journal is disposed. Called in the network namespace of the tunnel.
/// </summary>
/// <param name="options">What is to pass.</param>
/// <param name="journal">The journal of the instance; its device is the TUN.</param>
/// <param name="warn">Told, in one sentence each, what is left out or stands in the way, with the remedy.</param>
public sealed class ServerHostSetup(ServerHostOptions options, HostJournal journal, Action<string>? warn = null)
{
    private ExitTable? _table;

    /// <summary>The devices that packets leave by, for a log; known after <see cref="Apply"/>.</summary>
    public IReadOnlyList<string> UplinkNames { get; private set; } = [];

    /// <summary>The exit that resulted: masquerade where the rules of port-range were refused. Known after <see cref="Apply"/>.</summary>
    public ServerExit Exit { get; private set; }

    /// <summary>
    /// The IPv4 address that the internet sees, as set or found at the uplink; null while the uplink has none. Known after
    /// <see cref="Apply"/>.
    /// </summary>
    public InetAddress? ExternalAddress { get; private set; }

    /// <summary>The same for IPv6; null where it is not passed on, too. Known after <see cref="Apply"/>.</summary>
    public InetAddress? ExternalAddress6 { get; private set; }

    /// <summary>Whether inner IPv6 is passed on: it was asked for, and there is a way. Known after <see cref="Apply"/>.</summary>
    public bool PassesV6 { get; private set; }

    /// <exception cref="DeviceUnavailableException">No uplink, a missing program or a missing privilege; with the remedy.</exception>
    public void Apply()
    {
        var uplinks = Uplinks.Find(options.Uplink, journal.Commands);
        var families = new List<InsideFamily>();
        foreach (var inside in options.Inside)
        {
            if (inside.Address.IsV4) families.Add(new InsideFamily(inside, uplinks.V4 ?? throw NoUplink()));
            else if (uplinks.V6 is null) warn?.Invoke($"no IPv6 default route: inner IPv6 of {inside} is refused (name a device with udptun.server.uplink, or make udptun.nat.address6 empty)");
            else if (!Forwarding.KnowsV6) warn?.Invoke($"this kernel runs without IPv6: inner IPv6 of {inside} is refused");
            else families.Add(new InsideFamily(inside, uplinks.V6));
        }

        _table = new ExitTable(new ExitRules(journal.Device, families), journal, warn);
        Exit = _table.Make(options.NatPorts, options.Timeouts);
        if (Exit == ServerExit.PortRange) TakePorts(options.NatPorts!.Ports);
        foreach (var family in families) Forwarding.Enable(family.IsV4, family.Uplink, journal);
        UplinkNames = [.. families.Select(family => family.Uplink).Distinct()];
        PassesV6 = families.Exists(family => !family.IsV4);
        ExternalAddress = options.ExternalAddress ?? (uplinks.V4 is { } uplink ? HostSetup.ExternalAddress.FindV4(uplink, journal.Commands) : null);
        if (PassesV6) ExternalAddress6 = options.ExternalAddress6 ?? HostSetup.ExternalAddress.FindV6(uplinks.V6!, journal.Commands);
        foreach (var obstacle in ForeignFirewalls.Find(journal.Device, families, journal.Commands)) warn?.Invoke(obstacle);
    }

    /// <summary>
    /// Lets the kernel keep flows at least so long from now on; those that it tracks already keep their timers. After <see cref="Apply"/>.
    /// </summary>
    public void UseTimeouts(NatTimeouts timeouts) => _table?.Renew(timeouts);

    private static DeviceUnavailableException NoUplink() => new(
        "no uplink: the host has no IPv4 default route (add one, or name the device towards the internet with udptun.server.uplink)");

    private void TakePorts(PortRange ports)
    {
        try
        {
            journal.ReservePorts($"{ports}");
        }
        catch (DeviceUnavailableException exception)
        {
            warn?.Invoke($"the ports {ports} are not reserved, the host's own sockets may get some of them: {exception.Message}");
        }

        if (LocalListeners.Find(ports, journal.Commands) is { } listeners) warn?.Invoke(listeners);
    }
}
