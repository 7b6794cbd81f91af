namespace UdpTun.Host.Configuration;

/// <summary>The configuration stops the start. The message is one sentence that begins with where the fault was written.</summary>
internal sealed class ConfigurationException(string message, Exception? inner = null) : Exception(message, inner)
{
    internal static ConfigurationException At(string origin, string message, Exception? inner = null) => new($"{origin}: {message}", inner);
}
