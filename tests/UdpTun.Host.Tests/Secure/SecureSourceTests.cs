using UdpTun.Host.Configuration;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Host.Tests.Secure;

public sealed class SecureSourceTests : IDisposable
{
    private const string Public = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";
    private const string Other = "TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0=";
    private const string Secret = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=";
    private const UnixFileMode Everybody = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead;

    private readonly SecretDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private async Task<ProgramRun> Server(params string[] more)
    {
        var run = new ProgramRun();
        await run.Start(["--role", "server", .. _directory.Options, .. more]);
        return run;
    }

    private async Task<ConfigurationException> Refusal()
    {
        var run = await Server();
        return Assert.Throws<ConfigurationException>(() => run.Given!.Secure.OfServer(_ => { }));
    }

    [Fact]
    public async Task First_start_should_make_a_key_and_tell_how_to_go_on()
    {
        var told = new List<string>();
        var secure = (await Server()).Given!.Secure;

        var first = secure.OfServer(told.Add);
        var second = secure.OfServer(told.Add);

        Assert.Equal(first.PrivateKey.Reveal(), second.PrivateKey.Reveal());
        Assert.Equal(
            [
                $"this server's key is made ({_directory.KeyFile}); 'udptun peer add NAME' lets a client in",
                "this server knows no peer; 'udptun peer add NAME' lets a client in",
            ],
            told);
        Assert.Empty(first.Peers);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_directory.KeyFile));
    }

    [Fact]
    public async Task Server_that_knows_a_peer_should_have_nothing_to_tell()
    {
        _directory.Write("private.key", Secret);
        _directory.Write("peers/phone.conf", $"public-key = \"{Public}\"");
        Assert.Single((await Server()).Given!.Secure.OfServer(Assert.Fail).Peers);
    }

    [Theory]
    [InlineData]
    [InlineData("--server", "192.0.2.1", "--route", "default")]
    public async Task Client_without_a_conf_should_be_told_where_one_is_made(params string[] arguments)
    {
        var run = new ProgramRun();
        await run.Start(["--role", "client", .. _directory.Options, .. arguments]);

        var refusal = Assert.Throws<ConfigurationException>(() => run.Given!.Secure.OfClient());
        Assert.Equal(
            "a client needs the conf that its server makes: 'udptun peer add NAME' writes NAME.conf there, "
            + "and --config NAME.conf takes it here (--transport plain needs none, and protects nothing)",
            refusal.Message);
    }

    [Fact]
    public async Task Peers_should_be_read_over_what_holds_for_all()
    {
        _directory.Write("peers/phone.conf", $"public-key = \"{Public}\"\nallowed-ips = [\"10.61.0.2/32\", \"fd61::2/128\"]\n", Everybody);
        _directory.Write("peers/box.conf",
            $"public-key = \"{Other}\"\npreshared-key = \"{Secret}\"\nendpoints = [\"box.example\"]\npersistent-keepalive = off\n");
        _directory.Write("peers/notes.txt", "not a peer");

        var run = await Server("--set", "udptun.secure.peer.persistent-keepalive=25s");
        var peers = run.Given!.Secure.OfServer(_ => { }).Peers;

        Assert.Equal(["box", "phone"], peers.Select(peer => peer.Name));
        Assert.Equal((Other, Secret, null), ($"{peers[0].PublicKey}", peers[0].PresharedKey!.Reveal(), peers[0].PersistentKeepalive));
        Assert.Equal("box.example:9877", $"{Assert.Single(peers[0].Endpoints)}");
        Assert.Equal((Public, null, TimeSpan.FromSeconds(25)), ($"{peers[1].PublicKey}", peers[1].PresharedKey, peers[1].PersistentKeepalive));
        Assert.Equal(["10.61.0.2/32", "fd61::2/128"], peers[1].AllowedIps.Select(network => $"{network}"));
    }

    [Theory]
    [InlineData("allowed-ips = [\"10.61.0.2/32\"]", ": public-key is missing")]
    [InlineData("public-key = \"abc\"", ":1: udptun.secure.peer.public-key is 'abc', but must be a public key in base64")]
    [InlineData("public-key = \"" + Public + "\"\npreshared-key = \"" + Public + "A\"", ":2: udptun.secure.peer.preshared-key must be empty or a preshared key in base64, 44 characters")]
    [InlineData("public-key = \"" + Public + "\"\nallowed-ips = [\"10.61.0.2/33\"]", ":2: udptun.secure.peer.allowed-ips is '10.61.0.2/33'")]
    [InlineData("public-key = \"" + Public + "\"\nkeepalive = 25s", ":2: udptun.secure.peer.keepalive is no setting; did you mean")]
    [InlineData("public-key = \"" + Public + "\"\npersistent-keepalive = 25", ":2: udptun.secure.peer.persistent-keepalive is '25', but must be 'off' or a time")]
    public async Task Unfit_peer_should_be_refused_with_its_file_and_line(string text, string message)
    {
        var file = _directory.Write("peers/phone.conf", text);
        var refusal = await Refusal();
        Assert.StartsWith(file + message, refusal.Message);
        Assert.DoesNotContain(Public + "A", refusal.Message);
    }

    [Theory]
    [InlineData(Public, "10.61.0.9/32", "its public key is that of the peer box too")]
    [InlineData(Other, "10.61.0.2", "the inner range 10.61.0.2/32 is that of the peer box too")]
    public async Task Peers_should_not_claim_the_same(string key, string network, string message)
    {
        _directory.Write("peers/box.conf", $"public-key = \"{Public}\"\nallowed-ips = [\"10.61.0.2/32\"]");
        var file = _directory.Write("peers/phone.conf", $"public-key = \"{key}\"\nallowed-ips = [\"{network}\"]");

        Assert.Equal($"{file}: {message}", (await Refusal()).Message);
    }

    [Fact]
    public async Task Peer_should_not_be_ourselves()
    {
        _directory.Write("private.key", Secret);
        Assert.True(SecretKey.TryParse(Secret, out var own));
        _directory.Write("peers/me.conf", $"public-key = \"{own.ToPublic()}\"");

        Assert.StartsWith($"the peer me has our own public key, {own.ToPublic()}", (await Refusal()).Message);
    }

    [Fact]
    public async Task Secrets_that_others_may_read_should_be_refused()
    {
        var peer = _directory.Write("peers/phone.conf", $"public-key = \"{Public}\"\npreshared-key = \"{Secret}\"", Everybody);
        Assert.Equal($"{peer}: others may read it (mode 0604), but it holds a secret: chmod 600 {peer}", (await Refusal()).Message);
        File.SetUnixFileMode(_directory.KeyFile, Everybody);
        Assert.StartsWith($"{_directory.KeyFile}: others may read it (mode 0604)", (await Refusal()).Message);
    }

    [Fact]
    public async Task Damaged_key_file_should_be_refused_without_being_shown()
    {
        _directory.Write("private.key", Secret[1..]);
        var refusal = await Refusal();
        Assert.StartsWith($"{_directory.KeyFile}: it holds no private key", refusal.Message);
        Assert.DoesNotContain(Secret[1..9], refusal.ToString());
    }

    [Fact]
    public async Task Key_of_one_peer_should_stand_nowhere_but_in_its_file()
    {
        var run = await Server("--set", $"udptun.secure.peer.preshared-key={Secret}");
        Assert.StartsWith("udptun: --set: udptun.secure.peer.preshared-key is one peer's own", run.Error);
        Assert.DoesNotContain(Secret, run.Error);
        Assert.Null(run.Given);
    }
}
