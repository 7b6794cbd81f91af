using UdpTun.Actors.Lines;

namespace UdpTun.Host.Roles;

/// <summary>The article's first program: prints what is routed into its TUN.</summary>
internal sealed class DumpRole : TunnelRole
{
    protected override string DefaultDevice => "dumptun";

    protected override RolePlan Prepare(RoleHost host) => new(
        new RoleDescription("dump", host.Mtu), [new DumpLine(host.LessonTun(), host.Context.Output, host.Context.Options.Hex)]);
}
