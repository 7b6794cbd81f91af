using UdpTun.Actors.Lines;

namespace UdpTun.Host.Roles;

/// <summary>The article's second program: answers every ping that is routed into its TUN.</summary>
internal sealed class EchoRole : TunnelRole
{
    protected override string DefaultDevice => "echotun";

    protected override RolePlan Prepare(RoleHost host) =>
        new(new RoleDescription("echo", host.Mtu), [new EchoLine(host.LessonTun())]);
}
