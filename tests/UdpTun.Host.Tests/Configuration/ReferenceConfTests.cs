using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Akka.Configuration;
using UdpTun.Actors.EventLoop;
using UdpTun.Actors.Settings;
using UdpTun.Actors.Settings.Reading;
using UdpTun.Host.Configuration;
using UdpTun.Host.Configuration.Hocon;

namespace UdpTun.Host.Tests.Configuration;

/// <summary>The three files under hocon/: none of them may go stale.</summary>
public sealed class ReferenceConfTests
{
    private const string Dispatchers = "udptun.loop-";

    [Fact]
    public void Reference_should_hold_the_keys_that_are_read_and_no_other()
    {
        var reader = new SettingsReader(ConfigurationFactory.ParseString(TextOf("reference.conf")));
        TunnelSettings.Read(reader);

        var written = Keys("reference.conf").Where(key => key.StartsWith("udptun.", StringComparison.Ordinal))
            .Where(key => !key.StartsWith(Dispatchers, StringComparison.Ordinal));
        Assert.Equal(reader.KeysRead.Order(StringComparer.Ordinal), written.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Reference_should_explain_every_key()
    {
        // A comment stands over each group of lines that holds a key; what a dispatcher is called explains itself.
        var unexplained = TextOf("reference.conf").Split("\n\n").SelectMany(group =>
        {
            var lines = group.Split('\n').Select(line => line.Trim()).ToList();
            var comment = lines.FindIndex(line => line.StartsWith('#'));
            return lines.Where((line, index) => Regex.IsMatch(line, "^(?!type|executor)[a-z0-9-]+ =") && (comment < 0 || index < comment));
        });

        Assert.Empty(unexplained);
    }

    [Fact]
    public void Akkas_own_parser_should_read_it_as_we_do()
    {
        var config = ConfigurationFactory.ParseString(TextOf("reference.conf"));
        var differing = HoconFileReader.Read(TextOf("reference.conf"), "reference.conf")
            .Where(entry => entry.Value is ConfigValue.Text text && config.GetString(entry.Key) != text.Value)
            .Select(entry => entry.Key);

        Assert.Empty(differing);
    }

    [Fact]
    public void Reference_should_hold_the_dispatchers_that_other_systems_are_given()
    {
        var reference = ConfigurationFactory.ParseString(TextOf("reference.conf"));

        var given = HoconFileReader.Read(LoopDispatchers.Hocon, "given").Where(entry => entry.Value is ConfigValue.Text).ToList();
        Assert.Equal(9, given.Count);
        Assert.All(given, entry => Assert.Equal(reference.GetString(entry.Key), ((ConfigValue.Text)entry.Value).Value));
    }

    [Theory]
    [InlineData("server.conf", "server", "udptun.transport", "udptun.server.exit")]
    [InlineData("client.conf", "client", "udptun.transport")]
    public async Task Role_file_should_load_and_name_what_may_change(string file, string role, params string[] named)
    {
        var run = new ProgramRun();
        run.Environment["UDPTUN__CLIENT__SERVER"] = "192.0.2.1";

        await run.Start("--role", role, "--config", PathOf(file));

        Assert.Equal("", run.Error);
        Assert.All(named, key => Assert.Contains(key, Keys(file)));
    }

    // The one test that looks at defaults: everything else names both.
    [Fact]
    public async Task Defaults_should_be_secure_and_an_open_NAT()
    {
        var run = new ProgramRun();
        run.Environment["UDPTUN__CLIENT__SERVER"] = "192.0.2.1";

        await run.Start("--role", "client");

        Assert.Equal(TransportKind.Secure, run.Given!.Settings.Transport);
        Assert.Equal(ExitKind.PortRange, run.Given.Settings.Server.Exit);
    }

    private static IEnumerable<string> Keys(string file) =>
        HoconFileReader.Read(TextOf(file), file).Where(entry => entry.Value is not ConfigValue.Section).Select(entry => entry.Key);

    private static string TextOf(string file) => File.ReadAllText(PathOf(file));

    private static string PathOf(string file, [CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "hocon", file));
}
