using System.Text.Json;
using UdpTun.Host.Cli;
using UdpTun.Transport.Conf;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Host.Tests.Verbs.Peers;

public sealed class PeerVerbTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly SecretDirectory _directory = new();

    private string Conf(string name) => Path.Combine(_directory.Path, $"{name}.conf");

    public void Dispose() => _directory.Dispose();

    private async Task<ProgramRun> Peer(ExitCode expected, string verb, params string[] more)
    {
        var run = new ProgramRun();
        var code = await run.Start(["peer", verb, .. more, .. _directory.Options, "--set", $"udptun.state-directory={_directory.Path}/run"]);
        Assert.Equal((expected, expected == ExitCode.Success), (code, run.Error.Length == 0));
        return run;
    }

    private Task<ProgramRun> Add(string name, params string[] more) =>
        Peer(ExitCode.Success, "add", [name, "--endpoint", "vpn.example", "--output", Conf(name), .. more]);

    private async Task<ProgramRun> AddInTerminal(ExitCode expected, string name, bool toFile, params string[] more)
    {
        var run = new ProgramRun { IsInteractive = !toFile, IsErrorInteractive = true };
        Assert.Equal(expected, await run.Start(["peer", "add", name, "--qr", "--endpoint", "vpn.example", "--output", toFile ? "-" : Conf(name), .. more,
            .. _directory.Options, "--set", $"udptun.state-directory={_directory.Path}/run"]));
        return run;
    }

    [Fact]
    public async Task Added_peer_should_have_both_its_ends()
    {
        var run = await Add("laptop");

        var conf = ConfReader.Read(File.ReadAllText(Conf("laptop")));
        var server = Assert.Single(conf.Peers);
        Assert.True(SecretKey.TryParse(File.ReadAllText(_directory.KeyFile).Trim(), out var own));
        Assert.Equal((own.ToPublic(), "vpn.example:9877", 25), (server.PublicKey, $"{server.Endpoint}", server.PersistentKeepalive));
        Assert.Equal(["0.0.0.0/0", "::/0"], server.AllowedIps.Select(network => $"{network}"));
        Assert.Equal(["10.61.0.2/32", "fd61::2/128"], conf.Interface.Addresses.Select(address => $"{address}"));
        Assert.Empty(conf.Interface.NameServers); // stock wg-quick would need resolvconf
        var file = File.ReadAllText(Path.Combine(_directory.Peers, "laptop.conf"));
        Assert.Contains($"public-key = \"{conf.Interface.PrivateKey.ToPublic()}\"", file);
        Assert.Contains($"preshared-key = \"{server.PresharedKey!.Reveal()}\"", file);
        Assert.DoesNotContain(conf.Interface.PrivateKey.Reveal(), file);
        Assert.Equal((OwnerOnly, OwnerOnly), (File.GetUnixFileMode(Conf("laptop")), File.GetUnixFileMode(Path.Combine(_directory.Peers, "laptop.conf"))));
        Assert.Equal(
            $"""
            laptop has 10.61.0.2 and fd61::2
            {Conf("laptop")} is its conf, for wg-quick and the WireGuard apps too; it holds its private key, so move it, and keep no copy
            on the peer: udptun --role client --config {Conf("laptop")}
            no server is running here that {_directory.Path}/run tells of; the next start takes it

            """, run.Output);
    }

    [Theory]
    [InlineData("9.9.9.9 2620:fe::fe", "--dns", "9.9.9.9", "--dns", "2620:fe::fe")]
    [InlineData("1.1.1.1", "--set", "udptun.secure.new-peer.name-servers=1.1.1.1")]
    [InlineData("9.9.9.9", "--dns", "9.9.9.9", "--set", "udptun.secure.new-peer.name-servers=1.1.1.1")]
    public async Task Name_servers_should_be_those_that_are_asked_for(string expected, params string[] arguments)
    {
        await Add("laptop", arguments);
        Assert.Equal(expected, string.Join(' ', ConfReader.Read(File.ReadAllText(Conf("laptop"))).Interface.NameServers));
    }

    [Fact]
    public async Task Peers_that_are_added_at_once_should_have_addresses_of_their_own()
    {
        await Task.WhenAll(Enumerable.Range(1, 5).Select(i => Task.Run(() => Add($"peer{i}"))));
        var addresses = Enumerable.Range(1, 5).Select(i => ConfReader.Read(File.ReadAllText(Conf($"peer{i}"))).Interface.Addresses[0]).ToList();
        Assert.Equal(5, addresses.Distinct().Count());
    }

    [Fact]
    public async Task Peers_should_be_told_to_programs_without_their_secrets()
    {
        await Add("laptop");
        await Add("phone");
        File.AppendAllText(Path.Combine(_directory.Peers, "phone.conf"), "max-rate = 10MB\nquota = 5GB\npersistent-keepalive = 25s\n");
        var key = ConfReader.Read(File.ReadAllText(Conf("phone"))).Interface.PrivateKey.ToPublic();
        File.WriteAllText(Path.Combine(_directory.Peers, ".used-quotas"), $"{key} 1250000000\n");

        var list = (await Peer(ExitCode.Success, "list", "--json")).Output;
        var show = (await Peer(ExitCode.Success, "show", "phone", "--json")).Output;

        var peers = JsonDocument.Parse(list).RootElement.GetProperty("peers");
        Assert.Equal(["laptop", "phone"], peers.EnumerateArray().Select(peer => peer.GetProperty("name").GetString()));
        Assert.False(peers[0].TryGetProperty("quota", out _));
        Assert.Contains("  quota          5 GB, of which 1.2 GB are used\n", (await Peer(ExitCode.Success, "show", "phone")).Output);
        var phone = JsonDocument.Parse(show).RootElement.GetProperty("peer");
        Assert.True(JsonElement.DeepEquals(peers[1], phone));
        Assert.Equal((true, 25, 10_000_000, 5_000_000_000, $"{_directory.Peers}/phone.conf"), (
            phone.GetProperty("hasPresharedKey").GetBoolean(), phone.GetProperty("keepaliveSeconds").GetInt32(), phone.GetProperty("maxRate").GetInt32(),
            phone.GetProperty("quota").GetInt64(), phone.GetProperty("file").GetString()));
        Assert.Equal(1_250_000_000, phone.GetProperty("usedQuota").GetInt64());
        var conf = ConfReader.Read(File.ReadAllText(Conf("phone")));
        Assert.All([conf.Interface.PrivateKey, conf.Peers[0].PresharedKey!], secret => Assert.DoesNotContain(secret.Reveal(), list + show));
    }

    [Fact]
    public async Task Peers_should_get_addresses_of_their_own_and_a_removed_one_s_again()
    {
        foreach (var name in new[] { "a", "b", "c" }) await Add(name);
        await Peer(ExitCode.Success, "remove", "b");
        await Add("d");

        var list = await Peer(ExitCode.Success, "list");
        var rows = list.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(row => row.Split("  ", StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(
            [("a", "10.61.0.2/32, fd61::2/128"), ("c", "10.61.0.4/32, fd61::4/128"), ("d", "10.61.0.3/32, fd61::3/128")],
            rows.Select(row => (row[0], row[2])));
    }

    [Fact]
    public async Task Addresses_of_the_server_should_go_to_nobody()
    {
        await Add("a", "--set", "udptun.secure.new-peer.addresses=fd61::/64,192.168.61.0/24", "--set", "udptun.nat.address=192.168.61.2",
            "--set", "udptun.nat.address6=fd61::2");
        var conf = ConfReader.Read(File.ReadAllText(Conf("a")));
        Assert.Equal(["fd61::3/128", "192.168.61.3/32"], conf.Interface.Addresses.Select(address => $"{address}"));
    }

    [Fact]
    public async Task Client_should_take_what_was_written()
    {
        await Peer(ExitCode.Success, "add", "laptop", "--endpoint", "192.0.2.1:51820", "--output", Conf("laptop"));
        var run = new ProgramRun();
        await run.Start("--role", "client", "--config", Conf("laptop"));

        Assert.Equal("", run.Error);
        Assert.Equal("192.0.2.1:51820", $"{run.Given!.Secure.OfClient().Peers[0].Endpoints[0]}");
    }

    [Fact]
    public async Task Conf_should_be_printed_alone_on_request()
    {
        var run = new ProgramRun();
        Assert.Equal(ExitCode.Success, await run.Start(["peer", "add", "laptop", "--endpoint", "vpn.example", "--output", "-", .. _directory.Options,
            "--set", $"udptun.state-directory={_directory.Path}/run"]));
        Assert.Equal("vpn.example:9877", $"{ConfReader.Read(run.Output).Peers[0].Endpoint}");
        Assert.Equal(run.Output, ConfWriter.Write(ConfReader.Read(run.Output)));
    }

    [Fact]
    public async Task Qr_code_should_be_drawn()
    {
        var plain = await Add("laptop");
        var drawn = await Add("phone", "--qr");
        Assert.Equal(4, plain.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        // Version 12 and up: more than 65 modules, two rows a line.
        Assert.True(drawn.Output.Split('\n').Count(line => line.Contains('▀') || line.Contains('█') || line.Contains('▄')) > 30);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Qr_code_should_be_refused_and_no_peer_made_when_the_terminal_is_too_narrow_for_it(bool toFile)
    {
        string[] manyWords = [.. Enumerable.Range(1, 9).SelectMany(number => new[] { "--dns", $"2001:db8:1111:2222:3333:4444:5555:{number}" })];
        var refused = await AddInTerminal(ExitCode.Failure, "phone", toFile, manyWords);
        Assert.Matches("^udptun: the QR code takes [89]. columns, and this terminal has 80: make it wider, or its letters smaller$", refused.Error);
        Assert.Empty(refused.Output);
        Assert.False(File.Exists(Conf("phone")) || (Directory.Exists(_directory.Peers) && Directory.GetFiles(_directory.Peers, "*.conf").Length > 0));
        var drawn = await AddInTerminal(ExitCode.Success, "phone", toFile);
        Assert.Contains("█", toFile ? drawn.Error : drawn.Output);
    }

    [Fact]
    public async Task Peer_should_be_shown_without_its_secrets()
    {
        await Add("laptop");
        File.AppendAllText(Path.Combine(_directory.Peers, "laptop.conf"), "max-rate = 10MB\ndenied-destinations = [\"198.51.100.0/24\"]\n");

        var shown = (await Peer(ExitCode.Success, "show", "laptop")).Output;

        var conf = ConfReader.Read(File.ReadAllText(Conf("laptop")));
        Assert.DoesNotContain(conf.Peers[0].PresharedKey!.Reveal(), shown);
        Assert.Equal(
            $"""
            laptop
              public key     {conf.Interface.PrivateKey.ToPublic()}
              preshared key  (hidden)
              inner          10.61.0.2/32, fd61::2/128
              keepalive      off
              max-rate       10 MB/s
              denied         198.51.100.0/24
              file           {_directory.Peers}/laptop.conf

            """, shown);
    }

    [Theory]
    [InlineData(ExitCode.Usage, "'../x' is no name of a peer", "add", "../x")]
    [InlineData(ExitCode.Usage, "--endpoint takes HOST or HOST:PORT", "add", "x", "--endpoint", "a b")]
    [InlineData(ExitCode.Usage, "--dns takes an address, not 'here'", "add", "x", "--dns", "here")]
    [InlineData(ExitCode.Failure, "there is no peer lapto; did you mean laptop?", "show", "lapto")]
    [InlineData(ExitCode.Failure, "there is no peer lapto; did you mean laptop?", "remove", "lapto")]
    [InlineData(ExitCode.Failure, "there is no peer ../laptop; did you mean", "remove", "../laptop")]
    public async Task Wrong_use_should_be_told(object code, string sentence, string verb, params string[] more)
    {
        await Add("laptop");
        Assert.StartsWith($"udptun: {sentence}", (await Peer((ExitCode)code, verb, more)).Error);
    }

    [Fact]
    public async Task Nothing_should_be_written_over()
    {
        await Add("laptop");
        var before = File.ReadAllText(Path.Combine(_directory.Peers, "laptop.conf"));
        Assert.Equal($"udptun: {Conf("laptop")} is there already; it is not written over (--output)",
            (await Peer(ExitCode.Failure, "add", "phone", "--endpoint", "a", "--output", Conf("laptop"))).Error);
        Assert.Equal("udptun: there is a peer laptop already; take another name, or let it in no more first: udptun peer remove laptop",
            (await Peer(ExitCode.Failure, "add", "laptop", "--endpoint", "a", "--output", Conf("other"))).Error);
        Assert.False(File.Exists(Conf("other")));
        Assert.Equal(before, File.ReadAllText(Path.Combine(_directory.Peers, "laptop.conf")));
    }

    [Fact]
    public async Task Range_without_a_free_address_should_be_told()
    {
        string[] narrow = ["--set", "udptun.secure.new-peer.addresses=10.61.0.0/30"];
        await Add("a", narrow);
        string[] oneOfTwo = ["--set", "udptun.secure.new-peer.addresses=10.61.0.0/30,fd61::/64"];
        foreach (var full in new[] { narrow, oneOfTwo })
            Assert.StartsWith("udptun: no inner address is free", (await Peer(ExitCode.Failure, "add", ["b", "--endpoint", "x", "--output", Conf("b"), .. full])).Error);
        Assert.False(File.Exists(Path.Combine(_directory.Peers, "b.conf")));
    }

    [Fact]
    public async Task Conf_that_cannot_be_written_should_leave_no_peer_whose_key_nobody_has()
    {
        File.WriteAllText(Path.Combine(_directory.Path, "file"), "");
        var output = Path.Combine(_directory.Path, "file", "laptop.conf");
        Assert.StartsWith($"udptun: {output} cannot be written: ", (await Peer(ExitCode.Failure, "add", "laptop", "--endpoint", "x", "--output", output)).Error);
        Assert.Empty(Directory.GetFiles(_directory.Peers, "*.conf"));
    }

    [Fact]
    public async Task Quota_should_be_told_and_forgiven_though_no_server_runs()
    {
        foreach (var name in new[] { "laptop", "phone", "free" }) await Add(name);
        foreach (var name in new[] { "laptop", "phone" }) File.AppendAllText(Path.Combine(_directory.Peers, $"{name}.conf"), "quota = 5GB\n");
        var (laptop, phone) = (KeyOf("laptop"), KeyOf("phone"));
        var used = Path.Combine(_directory.Peers, ".used-quotas");
        File.WriteAllText(used, $"{laptop} 1250000000\n{phone} 7\n");

        Assert.Equal("laptop has used 1.2 GB of its 5 GB\n", (await Peer(ExitCode.Success, "quota", "laptop")).Output);
        Assert.Equal("laptop may use all of its 5 GB again; 1.2 GB were used\n", (await Peer(ExitCode.Success, "quota", "laptop", "--reset")).Output);
        Assert.Equal($"{phone} 7\n", File.ReadAllText(used));
        Assert.Equal(
            """{"schema":1,"peer":"phone","quota":5000000000,"used":0,"forgiven":7}""" + "\n", (await Peer(ExitCode.Success, "quota", "phone", "--reset", "--json")).Output);
        Assert.Equal("", File.ReadAllText(used));
        Assert.StartsWith("udptun: free has no quota; ", (await Peer(ExitCode.Failure, "quota", "free", "--reset")).Error);
        Assert.StartsWith("udptun: there is no peer fre; did you mean free?", (await Peer(ExitCode.Failure, "quota", "fre")).Error);
    }

    private PublicKey KeyOf(string name) => ConfReader.Read(File.ReadAllText(Conf(name))).Interface.PrivateKey.ToPublic();
}
