using System.Collections;
using UdpTun.Actors.Settings;
using UdpTun.Host.Cli;
using UdpTun.Host.Configuration;
using UdpTun.Host.Secure;

namespace UdpTun.Host.Reload;

/// <summary>What a run goes by: what it was started with, and the live settings that it has taken since. Any thread.</summary>
/// <param name="options">The command line, whose settings go before those of files as long as the run lasts.</param>
/// <param name="environment">The environment variables, the same.</param>
/// <param name="first">What it was started with.</param>
internal sealed class RunningConfiguration(RunOptions options, IDictionary environment, LoadedConfiguration first)
{
    private sealed record State(TunnelSettings Settings, SecureSource Secure, IReadOnlyDictionary<string, ConfigEntry> Entries);

    private volatile State _state = new(first.Settings, first.Secure, first.ByKey());

    public TunnelSettings Settings => _state.Settings;

    /// <summary>Where the keys and peers of the secure transport are had from.</summary>
    public SecureSource Secure => _state.Secure;

    /// <summary>Reads all layers again and compares them with what runs. Changes nothing.</summary>
    /// <param name="obstacle">See <see cref="ConfigurationChange.Between"/>.</param>
    /// <exception cref="ConfigurationException">Something is wrong; the message says where.</exception>
    public ConfigurationChange Read(Func<TunnelSettings, (string Key, string Why)?> obstacle)
    {
        var loaded = new HoconLoader().Load(options, environment);
        loaded.Secure.Check(options.Role);
        return ConfigurationChange.Between(_state.Entries, loaded, options.Role, obstacle);
    }

    /// <summary>The change holds.</summary>
    public void Take(ConfigurationChange change) => _state = new State(change.Settings, change.Secure, change.Entries);
}
