namespace UdpTun.Host.Cli;

/// <summary>A verb could not do its work for a reason that its user should know. The message is one sentence and names the remedy.</summary>
internal sealed class VerbException(ExitCode code, string message, Exception? inner = null) : Exception(message, inner)
{
    internal ExitCode Code { get; } = code;
}
