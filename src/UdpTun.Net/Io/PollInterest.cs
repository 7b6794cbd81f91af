namespace UdpTun.Net.Io;

[Flags]
public enum PollInterest
{
    None = 0,
    Read = 1,
    Write = 2,
}
