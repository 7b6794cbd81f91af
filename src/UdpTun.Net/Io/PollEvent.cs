namespace UdpTun.Net.Io;

/// <summary>One source's news. An error or hang-up is reported as readable, so that the read that follows tells what happened.</summary>
public readonly record struct PollEvent(int Token, bool Readable, bool Writable);
