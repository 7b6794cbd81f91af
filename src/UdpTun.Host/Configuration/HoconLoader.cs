using System.Collections;
using UdpTun.Actors.Settings;
using UdpTun.Actors.Settings.Reading;
using UdpTun.Host.Cli;
using UdpTun.Host.Configuration.Hocon;
using UdpTun.Host.Logging;

namespace UdpTun.Host.Configuration;

/// <summary>Lays reference.conf, the files, the environment and the command line over each other, in this order, and reads them.</summary>
internal sealed class HoconLoader
{
    private const string Reference = "reference.conf";
    private const string ReferenceOrigin = $"built-in {Reference}";

    private readonly IReadOnlyList<ConfigEntry> _reference = HoconFileReader.Read(ReadEmbedded(), ReferenceOrigin);

    /// <exception cref="ConfigurationException">A file, variable or option is wrong; the message says which and where.</exception>
    internal LoadedConfiguration Load(RunOptions options, IDictionary environment) =>
        Load(options.Role, options.ConfigFiles, options.Overrides, environment);

    /// <param name="role">Whose needs the settings must meet; null: nobody's, they only have to be right in themselves.</param>
    /// <param name="files">Configuration files, the later the stronger.</param>
    /// <param name="overrides">Settings given on the command line, the later the stronger.</param>
    /// <param name="environment">The environment variables.</param>
    /// <exception cref="ConfigurationException">A file, variable or option is wrong; the message says which and where.</exception>
    internal LoadedConfiguration Load(
        Role? role, IReadOnlyList<string> files, IReadOnlyList<SettingOverride> overrides, IDictionary environment)
    {
        var known = new KnownKeys(_reference);
        var tree = new ConfigTree();
        foreach (var entry in _reference) tree.Put(entry);
        foreach (var entry in Layers(files, overrides, environment, known))
        {
            known.Check(entry);
            tree.Put(entry);
        }

        var settings = ReadSettings(tree);
        if (role == Role.Client && settings.Client.Server is null)
            throw new ConfigurationException("the role client needs a server: give --server HOST[:PORT] or set udptun.client.server");
        tree.Put(new ConfigEntry(["akka", "loglevel"], new ConfigValue.Text(LogLevels.ForAkka(settings.Log.Level)), "udptun.log.level"));
        return new LoadedConfiguration(tree.ToConfig(), settings);
    }

    private static IEnumerable<ConfigEntry> Layers(
        IReadOnlyList<string> files, IReadOnlyList<SettingOverride> overrides, IDictionary environment, KnownKeys known) =>
    [
        .. files.SelectMany(ReadFile),
        .. EnvironmentLayer.Read(environment, known),
        .. overrides.Select(set => ConfigEntry.FromArgument(set.Key, set.Value, known.IsList(set.Key), set.Option)),
    ];

    private static IReadOnlyList<ConfigEntry> ReadFile(string path)
    {
        try
        {
            return HoconFileReader.Read(File.ReadAllText(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var missing = e is FileNotFoundException or DirectoryNotFoundException;
            throw ConfigurationException.At(path, missing ? "there is no such file" : e.Message.TrimEnd('.'), e);
        }
    }

    private static TunnelSettings ReadSettings(ConfigTree tree)
    {
        try
        {
            return TunnelSettings.Read(tree.ToConfig());
        }
        catch (SettingsException e)
        {
            // A default is never wrong by itself: then another key clashes with it, which the message names.
            var origin = tree.OriginOf(e.Key);
            if (origin is null || origin.StartsWith(ReferenceOrigin, StringComparison.Ordinal)) throw;
            throw ConfigurationException.At(origin, e.Message, e);
        }
    }

    private static string ReadEmbedded()
    {
        using var stream = typeof(HoconLoader).Assembly.GetManifestResourceStream(Reference)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
