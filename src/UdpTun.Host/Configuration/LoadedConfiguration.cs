using Akka.Configuration;
using UdpTun.Actors.Settings;
using UdpTun.Host.Secure;

namespace UdpTun.Host.Configuration;

/// <summary>What all layers come to.</summary>
/// <param name="Config">The whole tree, for the actor system: <c>udptun</c> and <c>akka</c>, with akka.loglevel set.</param>
/// <param name="Settings"><c>udptun</c>, checked.</param>
/// <param name="Secure">Keys and peers, not read yet.</param>
/// <param name="Warnings">What is asked for and will not be done, a sentence each.</param>
internal sealed record LoadedConfiguration(Config Config, TunnelSettings Settings, SecureSource Secure, IReadOnlyList<string> Warnings)
{
    /// <summary>Every setting under <c>udptun</c> and <c>akka</c> and where it was written, in the order of reference.conf.</summary>
    public required IReadOnlyList<ConfigEntry> Entries { get; init; }

    /// <summary>The same under <c>udptun</c>, to be shown.</summary>
    public IEnumerable<SettingValue> Values => Entries.Where(entry => entry.Path[0] == "udptun").Select(SettingValue.Of);

    /// <summary>Every setting, by its full key.</summary>
    public IReadOnlyDictionary<string, ConfigEntry> ByKey() => Entries.ToDictionary(entry => entry.Key, StringComparer.Ordinal);
}
