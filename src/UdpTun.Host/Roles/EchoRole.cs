using UdpTun.Actors.Lines;
using UdpTun.Host.Service;

namespace UdpTun.Host.Roles;

/// <summary>The article's second program: answers every ping that is routed into its TUN.</summary>
internal sealed class EchoRole : TunnelRole
{
    protected override string DefaultDevice => "echotun";

    protected override Task<RolePlan?> PrepareAsync(RoleHost host, ServiceNotifier? manager, CancellationToken stop) =>
        Task.FromResult<RolePlan?>(new(new RoleDescription("echo", host.Mtu), [new EchoLine(host.LessonTun())]));
}
