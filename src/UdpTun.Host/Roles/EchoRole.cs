using UdpTun.Actors.Lines;

namespace UdpTun.Host.Roles;

/// <summary>The article's second program: answers every ping that is routed into its TUN.</summary>
internal sealed class EchoRole : TunnelRole
{
    protected override string DefaultDevice => "echotun";

    protected override IReadOnlyList<ILinePlan> Prepare(RoleHost host) => [new EchoLine(host.LessonTun())];
}
