using System.Runtime.CompilerServices;
using Akka.Configuration;
using UdpTun.Actors.Settings;

namespace UdpTun.Actors.Tests.Settings;

/// <summary>reference.conf of the working tree, as Akka's own parser reads it, with other values laid over it.</summary>
internal static class ReferenceConfig
{
    internal static TunnelSettings Read(params string[] overrides) => TunnelSettings.Read(With(overrides));

    internal static Config With(params string[] overrides) =>
        ConfigurationFactory.ParseString(string.Join('\n', overrides)).WithFallback(ConfigurationFactory.ParseString(File.ReadAllText(PathOf())));

    private static string PathOf([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "hocon", "reference.conf");
}
