using UdpTun.Actors.Lines;
using UdpTun.Host.Service;

namespace UdpTun.Host.Roles;

/// <summary>The article's first program: prints what is routed into its TUN.</summary>
internal sealed class DumpRole : TunnelRole
{
    protected override string DefaultDevice => "dumptun";

    protected override Task<RolePlan?> PrepareAsync(RoleHost host, ServiceNotifier? manager, CancellationToken stop) => Task.FromResult<RolePlan?>(new(
        new RoleDescription("dump", host.Mtu), [new DumpLine(host.LessonTun(), host.Context.Output, host.Context.Options.Hex)]));
}
