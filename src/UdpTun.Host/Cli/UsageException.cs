namespace UdpTun.Host.Cli;

/// <summary>The command line makes no sense; the message is one sentence for the person who typed it.</summary>
internal sealed class UsageException(string message) : Exception(message);
