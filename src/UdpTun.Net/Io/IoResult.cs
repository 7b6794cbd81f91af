namespace UdpTun.Net.Io;

/// <summary>What one read or write did.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Packets">Packets read, or packets of the queue that are dealt with (written or refused), counted from its start.</param>
/// <param name="Refused">How many of them were lost: truncated on the way in, refused by the kernel on the way out.</param>
public readonly record struct IoResult(IoStatus Status, int Packets, int Refused);
