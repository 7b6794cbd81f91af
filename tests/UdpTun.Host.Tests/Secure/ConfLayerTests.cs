using UdpTun.Host.Cli;
using UdpTun.Host.Configuration;

namespace UdpTun.Host.Tests.Secure;

public sealed class ConfLayerTests : IDisposable
{
    private const string Public = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";
    private const string Secret = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=";

    private const string Conf =
        $"""
        [Interface]
        PrivateKey = {Secret}
        Address = 10.61.0.2/32, fd61::2/128
        MTU = 1380
        [Peer]
        PublicKey = {Public}
        PresharedKey = {Secret}
        AllowedIPs = 0.0.0.0/0, ::/0
        Endpoint = vpn.example:51820
        PersistentKeepalive = 25
        """;

    private readonly SecretDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private async Task<ProgramRun> Client(string conf, params string[] more)
    {
        var run = new ProgramRun();
        await run.Start(["--role", "client", "--config", _directory.Write("peer.conf", conf), .. more]);
        return run;
    }

    [Fact]
    public async Task Client_should_take_a_conf_as_it_is()
    {
        var run = await Client(Conf);

        Assert.Equal("", run.Error);
        var (settings, secure) = (run.Given!.Settings, run.Given.Secure.OfClient());
        Assert.Equal(("10.61.0.2/32", "fd61::2/128", 1380), ($"{settings.Client.Address}", $"{settings.Client.Address6}", settings.Tun.Mtu));
        Assert.True(settings.Client.RouteEverything);
        Assert.Equal(Secret, secure.PrivateKey.Reveal());
        var server = Assert.Single(secure.Peers);
        Assert.Equal((Public, Secret, TimeSpan.FromSeconds(25)), ($"{server.PublicKey}", server.PresharedKey!.Reveal(), server.PersistentKeepalive));
        Assert.Equal(["vpn.example:51820"], server.Endpoints.Select(endpoint => $"{endpoint}"));
        Assert.Equal(["0.0.0.0/0", "::/0"], server.AllowedIps.Select(network => $"{network}"));
    }

    [Fact]
    public async Task Keys_should_not_become_settings()
    {
        var run = await Client(Conf);
        Assert.DoesNotContain(Secret, run.Given!.Config.ToString());
        Assert.DoesNotContain(Secret, run.Given.Settings.ToString());
        Assert.DoesNotContain(Secret, run.Given.Secure.OfClient().Peers[0].ToString());
    }

    [Theory]
    [InlineData("0.0.0.0/0", true)]
    [InlineData("::/0", false, "::/1", "8000::/1")]
    [InlineData("203.0.113.7/24, 2001:db8::1/32", false, "203.0.113.0/24", "2001:db8::/32")]
    [InlineData("", false)]
    public async Task Allowed_ips_should_be_routed(string allowed, bool everything, params string[] routes)
    {
        var client = (await Client(Conf.Replace("0.0.0.0/0, ::/0", allowed, StringComparison.Ordinal))).Given!.Settings.Client;
        Assert.Equal(everything, client.RouteEverything);
        Assert.Equal(routes, client.Routes.Select(route => $"{route}"));
    }

    [Fact]
    public async Task Table_off_should_make_no_routes()
    {
        var client = (await Client(Conf.Replace("MTU = 1380", "Table = off", StringComparison.Ordinal))).Given!.Settings.Client;
        Assert.Equal((false, 0), (client.RouteEverything, client.Routes.Count));
    }

    [Fact]
    public async Task Command_line_should_win_over_the_conf()
    {
        var run = await Client(Conf, "--server", "192.0.2.1:7", "--route", "203.0.113.0/24");
        Assert.Equal(["192.0.2.1:7"], run.Given!.Secure.OfClient().Peers[0].Endpoints.Select(endpoint => $"{endpoint}"));
        Assert.False(run.Given.Settings.Client.RouteEverything);
    }

    [Theory]
    [InlineData("MTU = 1380", "PostUp = true", ":4: PostUp runs shell commands")]
    [InlineData("MTU = 1380", "MTU = 1000", ": udptun.tun.mtu is '1000'")]
    [InlineData("10.61.0.2/32, ", "", ": Address names no IPv4 address")]
    [InlineData("10.61.0.2/32", "10.61.0.2/32, 10.61.0.3/32", ": Address names 2 IPv4 addresses")]
    [InlineData("[Peer]", "[Peer]\nPublicKey = " + Public + "\n[Peer]", ": it has 2 [Peer] sections")]
    public async Task Conf_that_no_client_can_be_run_with_should_be_refused(string line, string unfit, string message)
    {
        var run = await Client(Conf.Replace(line, unfit, StringComparison.Ordinal));
        Assert.StartsWith($"udptun: {_directory.Path}/peer.conf{message}", run.Error);
        Assert.Null(run.Given);
    }

    [Fact]
    public async Task Conf_should_need_an_endpoint_or_be_told_one()
    {
        var without = Conf.Replace("Endpoint = vpn.example:51820", "", StringComparison.Ordinal);
        var run = await Client(without);
        Assert.StartsWith($"nothing says where the server {Public} is", Assert.Throws<ConfigurationException>(run.Given!.Secure.OfClient).Message);
        Assert.Single((await Client(without, "--server", "192.0.2.1")).Given!.Secure.OfClient().Peers);
    }

    [Fact]
    public async Task Conf_that_others_may_read_should_be_refused()
    {
        var file = _directory.Write("open.conf", Conf, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        var run = new ProgramRun();
        Assert.Equal(ExitCode.Configuration, await run.Start("--role", "client", "--config", file));
        Assert.Equal($"udptun: {file}: others may read it (mode 0440), but it holds a secret: chmod 600 {file}", run.Error);
    }

    [Fact]
    public async Task Server_should_take_no_conf()
    {
        var run = new ProgramRun();
        Assert.Equal(ExitCode.Configuration, await run.Start("--role", "server", "--config", _directory.Write("peer.conf", Conf)));
        Assert.Equal("udptun: a file of wg-quick is the configuration of a client: --role client", run.Error);
    }
}
