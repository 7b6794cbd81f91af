using System.Collections;
using UdpTun.Actors.Settings;
using UdpTun.Actors.Settings.Reading;
using UdpTun.Host.Cli;
using UdpTun.Host.Configuration.Hocon;
using UdpTun.Host.Logging;
using UdpTun.Host.Secure;
using UdpTun.Transport.Conf;

namespace UdpTun.Host.Configuration;

/// <summary>Lays reference.conf, the files, the environment and the command line over each other, in this order, and reads them.</summary>
internal sealed class HoconLoader
{
    private const string Reference = "reference.conf";
    internal const string ReferenceOrigin = $"built-in {Reference}";

    private static readonly string[] AkkaLogLevel = ["akka", "loglevel"];

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
        var (own, conf) = ReadFiles(files);
        List<ConfigEntry> layers = [.. Layers(own, overrides, environment, known)];
        foreach (var entry in layers)
        {
            known.Check(entry);
            RefuseForeign(entry);
            tree.Put(entry);
        }

        var settings = ReadSettings(tree);
        if (role is not (null or Role.Client) && conf is not null)
            throw new ConfigurationException("a file of wg-quick is the configuration of a client: --role client");
        if (role == Role.Client && settings.Client.Server is null && settings.Transport == TransportKind.Plain)
            throw new ConfigurationException("the role client needs a server: give --server HOST[:PORT] or set udptun.client.server");
        tree.Put(new ConfigEntry(AkkaLogLevel, new ConfigValue.Text(LogLevels.ForAkka(settings.Log.Level)), "udptun.log.level"));
        var ofPeers = _reference.Concat(layers).Where(entry => entry.Key.StartsWith(PeerSettings.Section, StringComparison.Ordinal));
        var peers = new PeersDirectory(settings.SecureFiles.PeersDirectory, [.. ofPeers], known);
        return new LoadedConfiguration(tree.ToConfig(), settings, new SecureSource(settings, peers, conf), [.. conf?.Warnings() ?? []])
        {
            // But for what follows from udptun.log.level.
            Entries = [.. tree.Under("udptun"), .. tree.Under("akka").Where(entry => !entry.Path.SequenceEqual(AkkaLogLevel))],
        };
    }

    private static IEnumerable<ConfigEntry> Layers(
        IReadOnlyList<ConfigEntry> files, IReadOnlyList<SettingOverride> overrides, IDictionary environment, KnownKeys known) =>
    [
        .. files,
        .. EnvironmentLayer.Read(environment, known),
        .. overrides.Select(set => ConfigEntry.FromArgument(set.Key, set.Value, known.IsList(set.Key), set.Option)),
    ];

    private static (IReadOnlyList<ConfigEntry> Entries, ConfLayer? Conf) ReadFiles(IReadOnlyList<string> files)
    {
        var entries = new List<ConfigEntry>();
        ConfLayer? conf = null;
        foreach (var file in files)
        {
            var text = TextFile.Read(file);
            if (!ConfReader.Recognizes(text))
            {
                entries.AddRange(HoconFileReader.Read(text, file));
                continue;
            }

            if (conf is not null) throw ConfigurationException.At(file, "it is the second file of wg-quick, and a client has one server");
            conf = ConfLayer.Read(file, text);
            entries.AddRange(conf.Entries());
        }

        return (entries, conf);
    }

    private static void RefuseForeign(ConfigEntry entry)
    {
        if (PeerSettings.OwnKeys.Contains(entry.Key))
            throw ConfigurationException.At(entry.Origin, $"{entry.Key} is one peer's own and belongs into its file in {SecureFileSettings.PeersDirectoryKey}");
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
