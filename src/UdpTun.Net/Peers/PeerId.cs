namespace UdpTun.Net.Peers;

/// <summary>
/// Who is at the other end of the tunnel. Numbered from 1 by the end that gives it out; never reused while the process lives.
/// </summary>
public readonly record struct PeerId(int Value)
{
    public override string ToString() => $"peer-{Value}";
}
