using UdpTun.Comparison.Lab;
using UdpTun.EndToEnd;

namespace UdpTun.Comparison.Contenders;

/// <summary>Two lines of shell.</summary>
internal sealed class Socat() : Contender("socat", Kind.Peer)
{
    private string _version = "";

    public override string Description => $"{_version}, a TUN to a UDP socket";

    public override async Task Start(Laboratory lab)
    {
        _version = string.Join(' ', Command.Try("socat", "-V").Output.Split('\n').First(line => line.Contains("version")).Split(' ').Take(3));
        lab.Tunnel(lab.Server, "socat", "TUN,tun-name=socat0,iff-no-pi,iff-up", "UDP4-LISTEN:9877,bind=10.77.1.1");
        await lab.UntilThere(lab.Server, "socat0");
        lab.Tunnel(lab.Client, "socat", "TUN,tun-name=socat0,iff-no-pi,iff-up", "UDP4:10.77.1.1:9877");
        await lab.UntilThere(lab.Client, "socat0");
        lab.Address("socat0", "socat0");
    }
}
