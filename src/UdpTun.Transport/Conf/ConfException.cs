namespace UdpTun.Transport.Conf;

/// <summary>A conf is not understood. The message is one sentence and shows no key.</summary>
/// <param name="line">Where, from 1.</param>
/// <param name="message">What is wrong, and the remedy where there is one.</param>
public sealed class ConfException(int line, string message) : FormatException(message)
{
    public int Line { get; } = line;
}
