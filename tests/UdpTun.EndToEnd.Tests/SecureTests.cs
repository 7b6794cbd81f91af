using System.Net;
using System.Runtime.Intrinsics.X86;
using System.Text.RegularExpressions;
using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>The secure transport between our own client and server, and with Debian's wireguard-go at either end.</summary>
public sealed class SecureTests(ITestOutputHelper output)
{
    private const long TenMegabytes = 10_000_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly IPAddress InnerServer = IPAddress.Parse("10.61.0.1");

    [SkippableFact]
    public async Task Client_and_server_should_carry_files_unharmed_and_go_on_after_a_restart_and_a_move()
    {
        await using var net = new Topology(output);
        using var files = new SecureFiles();
        net.Use(new HttpHost(net.Internet, Topology.InternetHost));
        var server = await StartServer(net, files);
        var client = net.Launch(net.Client, "--role", "client", "--config", files.ClientConf("10.77.1.1"));
        await client.UntilLogged($"has a session, at 10.77.1.1:9877, by {Best}", Patience);
        await ExpectFiles(net, seed: 1);
        var here = net.Try(net.Client, "status", "--instance", "clienttun").Output;
        Assert.Contains($"transport  secure ({Best}), packets of up to 1420 bytes", here);
        // The responder tells of its session when the peer's actor has looked at what has come since.
        await Eventually.Holds("the server's status names the cipher", Patience, () => Regex.IsMatch(
            net.Try(net.Server, "status", "--instance", "servertun").Output,
            $@"PEER +SESSIONS +IDLE +RECEIVED +SENT +CIPHER *\n[^\n]* {Best} *\n"));

        Assert.Equal(0, await server.Stop());
        await StartServer(net, files);
        await Eventually.Holds("the restarted server serves its client", Patience, () => Answers(net.Client, "203.0.113.10"));

        // Datagrams from another source from now on: the session follows.
        net.Client.Ip("addr add 10.77.1.9/24 dev up0", "route replace 10.77.1.1/32 dev up0 src 10.77.1.9");
        await Eventually.Holds("the client is answered where it is", Patience, () => Answers(net.Client, "203.0.113.10"));
        await ExpectFiles(net, seed: 2);
    }

    /// <summary>Or else a client would notice only by its own silence that its keys are worth nothing any more.</summary>
    [SkippableFact]
    [Trait(OffloadPass.Trait, OffloadPass.Unused)]
    public async Task Server_should_call_its_clients_itself_when_it_was_killed()
    {
        await using var net = new Topology(output);
        using var files = new SecureFiles();
        var server = await StartServer(net, files);
        var client = net.Launch(net.Client, "--role", "client", "--config", files.ClientConf("10.77.1.1"));
        await client.UntilLogged("has a session", Patience);
        await Eventually.Holds("the server has noted where the client is", Patience,
            () => Directory.GetFiles(net.StateDirectory, "*-servertun.peers").SingleOrDefault() is { } file && File.ReadAllText(file).Contains(" 10.77.1.2:", StringComparison.Ordinal));
        // The client's own initiations, which are messages of type 1, come no further.
        net.Client.Run("nft", "add table inet mute; add chain inet mute out { type filter hook output priority 0; }; add rule inet mute out udp dport 9877 @th,64,8 1 drop");

        // The second time at once: what the first run knew is still there.
        for (var time = 0; time < 2; time++)
        {
            await server.Stop(Libc.SIGKILL);
            server = await StartServer(net, files);
            await server.UntilLogged("has a session, at 10.77.1.2:", Patience);
        }

        // A run that nobody can answer, and so hears nobody, takes nothing from the next one.
        net.Client.Run("nft", "add chain inet mute in { type filter hook input priority 0; }; add rule inet mute in udp sport 9877 drop");
        await server.Stop(Libc.SIGKILL);
        Assert.Equal(0, await (await StartServer(net, files)).Stop());
        net.Client.Run("nft", "flush chain inet mute in");
        await (await StartServer(net, files)).UntilLogged("has a session, at 10.77.1.2:", Patience);
    }

    [SkippableFact]
    public async Task Server_should_serve_wireguard_go_as_its_client()
    {
        await using var net = new Topology(output);
        using var files = new SecureFiles();
        net.Use(new HttpHost(net.Internet, Topology.InternetHost));
        var server = await StartServer(net, files);
        await WireGuardGo.Start(net, net.Client, files.ClientSetConf("10.77.1.1"), "10.61.0.2/32", "203.0.113.0/24");
        await Eventually.Holds("the server answers", Patience, () => Answers(net.Client, "203.0.113.10"));
        await server.UntilLogged("by ChaCha20-Poly1305", Patience);
        await ExpectFiles(net, seed: 3);
    }

    [SkippableFact]
    public async Task Client_should_use_wireguard_go_as_its_server()
    {
        await using var net = new Topology(output);
        using var files = new SecureFiles();
        await WireGuardGo.Start(net, net.Server, files.ServerSetConf(), "10.61.0.1/24");
        net.Use(new HttpHost(net.Server, InnerServer));
        var client = net.Launch(net.Client, "--role", "client", "--config", files.ClientConf("10.77.1.1"));
        await client.UntilLogged("by ChaCha20-Poly1305", Patience);
        await Eventually.Holds("wireguard-go answers", Patience, () => Answers(net.Client, "10.61.0.1"));

        using var visitor = new HttpVisitor(net.Client);
        var payload = new Payload(Seed: 4, TenMegabytes);
        Assert.Equal(payload.Sha256(), (await visitor.Download(InnerServer, payload)).Item1);
        Assert.Equal(payload.Sha256(), (await visitor.Upload(InnerServer, payload)).Item1);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Session_should_have_the_cipher_of_every_WireGuard_when_one_end_wants_no_other(bool atServer)
    {
        string[] wanted = ["--set", "udptun.secure.cipher=chacha20-poly1305"];
        await using var net = new Topology(output);
        using var files = new SecureFiles();
        net.Use(new HttpHost(net.Internet, Topology.InternetHost));
        await StartServer(net, files, atServer ? wanted : []);
        var client = net.Launch(net.Client, ["--role", "client", "--config", files.ClientConf("10.77.1.1"), .. atServer ? [] : wanted]);
        await client.UntilLogged("has a session, at 10.77.1.1:9877, by ChaCha20-Poly1305", Patience);
        await ExpectFiles(net, seed: 5);
    }

    private static string Best => Aes.IsSupported || System.Runtime.Intrinsics.Arm.Aes.IsSupported ? "AES-256-GCM" : "ChaCha20-Poly1305";

    private static async Task<TunnelProcess> StartServer(Topology net, SecureFiles files, params string[] more)
    {
        var server = net.Launch(net.Server, ["--role", "server", "--exit", "masquerade", .. TunnelTopology.OneShard, .. files.ServerArguments, .. more]);
        await server.UntilReady();
        return server;
    }

    private static bool Answers(NetworkNamespace host, string address) => host.Try("ping", "-c1", "-W1", address).ExitCode == 0;

    private static async Task ExpectFiles(Topology net, int seed)
    {
        using var visitor = new HttpVisitor(net.Client);
        var payload = new Payload(seed, TenMegabytes);
        Assert.Equal((payload.Sha256(), Topology.ServerOnInternet.ToString()), await visitor.Download(Topology.InternetHost, payload));
        Assert.Equal((payload.Sha256(), Topology.ServerOnInternet.ToString()), await visitor.Upload(Topology.InternetHost, payload));
    }
}
