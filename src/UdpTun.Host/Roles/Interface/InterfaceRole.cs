using UdpTun.Actors.Lines;
using UdpTun.Actors.Peers;
using UdpTun.Actors.Settings;
using UdpTun.Host.Service;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Host.Roles.Interface;

/// <summary>
/// A plain WireGuard interface, as wireguard-go is one: no addresses, no routes, no NAT. wg gives it keys and peers over the UAPI, ip its
/// addresses, and it ends when its device is deleted.
/// </summary>
internal sealed class InterfaceRole : TunnelRole
{
    private bool _isInBackground;

    protected override string DefaultDevice => throw new InvalidOperationException("the command line names the interface");

    protected override Task<RolePlan?> PrepareAsync(RoleHost host, ServiceNotifier? manager, CancellationToken stop)
    {
        _isInBackground = BackgroundStart.IsChild;
        var tun = new DeletableTun(host.BareTun());
        var socket = new MovableSocket(host.UdpOfInterface);
        // Until wg gives it a key it has one that nobody knows: it can call nobody, and nobody can call it.
        var nobody = SecretKey.GeneratePrivate();
        var secure = new SecureEnd(new SecureSettings(nobody, []), host.Mtu, TimeProvider.System) { WaitsForPackets = true };
        return Task.FromResult<RolePlan?>(new(new RoleDescription("interface", host.Mtu), [new PeerLine(tun, socket, secure)])
        {
            Uapi = guardian => new PlainInterface(secure, socket, guardian),
            Gone = tun.Gone,
        });
    }

    protected override void OnReady()
    {
        if (_isInBackground) BackgroundStart.TellParent();
    }
}
