using UdpTun.Comparison.Lab;

namespace UdpTun.Comparison.Contenders;

/// <summary>UDP encapsulation in the kernel.</summary>
internal sealed class Vxlan() : Contender("vxlan", Kind.Kernel)
{
    public override string Description => "VXLAN, UDP encapsulation in the kernel";

    public override Task Start(Laboratory lab)
    {
        lab.Server.Ip("link add vx0 type vxlan id 7 local 10.77.1.1 remote 10.77.1.2 dstport 4789 dev lan1");
        lab.Client.Ip("link add vx0 type vxlan id 7 local 10.77.1.2 remote 10.77.1.1 dstport 4789 dev up0");
        lab.Address("vx0", "vx0");
        return Task.CompletedTask;
    }
}
