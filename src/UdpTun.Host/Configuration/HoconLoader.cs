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
    internal LoadedConfiguration Load(RunOptions options, IDictionary environment)
    {
        var known = new KnownKeys(_reference);
        var tree = new ConfigTree();
        foreach (var entry in _reference) tree.Put(entry);
        foreach (var entry in Layers(options, environment, known))
        {
            known.Check(entry);
            tree.Put(entry);
        }

        var settings = ReadSettings(tree);
        if (options.Role == Role.Client && settings.Client.Server is null)
            throw new ConfigurationException("the role client needs a server: give --server HOST[:PORT] or set udptun.client.server");
        tree.Put(new ConfigEntry(["akka", "loglevel"], new ConfigValue.Text(LogLevels.ForAkka(settings.Log.Level)), "udptun.log.level"));
        return new LoadedConfiguration(tree.ToConfig(), settings);
    }

    private static IEnumerable<ConfigEntry> Layers(RunOptions options, IDictionary environment, KnownKeys known) =>
    [
        .. options.ConfigFiles.SelectMany(ReadFile),
        .. EnvironmentLayer.Read(environment, known),
        .. options.Overrides.Select(set => ConfigEntry.FromArgument(set.Key, set.Value, known.IsList(set.Key), set.Option)),
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
