using UdpTun.Comparison.Lab;

namespace UdpTun.Comparison.Contenders;

/// <summary>bench/relay/relay.c.</summary>
internal sealed class Relay(string tools) : Contender("relay", Kind.Ceiling)
{
    public override string Description => "bare relay in C with every offload, no NAT of its own, no checks";

    public override async Task Start(Laboratory lab)
    {
        var program = Path.Combine(tools, "relay");
        lab.Tunnel(lab.Server, program, "relay0", "10.77.1.1:9877");
        lab.Tunnel(lab.Client, program, "relay0", "10.77.1.2:9877", "10.77.1.1:9877");
        await lab.UntilThere("relay0", "relay0");
        lab.Address("relay0", "relay0");
        // As UdpTun does it: the segments of one super-packet then fit one message.
        lab.Client.Ip("link set relay0 gso_max_size 61000");
    }
}
