namespace UdpTun.Actors.Settings.Reading;

/// <summary>A setting that stops the start. The message is one sentence with the key, its value, and what is allowed.</summary>
public sealed class SettingsException(string key, string message) : Exception(message)
{
    /// <summary>The full key, such as <c>udptun.nat.ports</c>; the Host looks up where it was written.</summary>
    public string Key { get; } = key;
}
