using UdpTun.Comparison.Lab;

namespace UdpTun.Comparison.Contenders;

/// <summary>UdpTun with its default settings.</summary>
internal sealed class Ours() : Contender("udptun", Kind.Ours)
{
    public override string Description => "UdpTun, transport plain, default settings: a NAT session for every flow";

    public override async Task Start(Laboratory lab)
    {
        lab.Keep(await lab.StartServer("port-range", []));
        lab.Keep(await lab.StartClient(1, "--route", "203.0.113.0/24"));
    }
}
