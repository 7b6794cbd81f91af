using UdpTun.Comparison.Lab;

namespace UdpTun.Comparison.Contenders;

/// <summary>No tunnel: the server's kernel forwards and masquerades.</summary>
internal sealed class KernelForwarding() : Contender("kernel", Kind.Kernel)
{
    public override string Description => "kernel forwarding with masquerade, no tunnel";

    public override Task Start(Laboratory lab)
    {
        lab.Masquerade("10.77.1.0/24");
        lab.Client.Ip($"route add 203.0.113.0/24 via 10.77.1.1 mtu lock {Laboratory.Mtu}");
        lab.Server.Ip($"route change 10.77.1.0/24 dev lan1 src 10.77.1.1 mtu lock {Laboratory.Mtu}");
        return Task.CompletedTask;
    }
}
