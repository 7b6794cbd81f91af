using UdpTun.EndToEnd.Tests.Harness;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests.Treatment;

/// <summary>What the doctor finds of keys, and of the way to a server that is silent to strangers.</summary>
public sealed class SecureDoctorTests(ITestOutputHelper output)
{
    private const int Success = 0;
    private const int Failure = 1;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [SkippableFact]
    public async Task Doctor_should_shake_hands_in_the_clients_name_and_leave_a_running_client_alone()
    {
        await using var net = new Topology(output);
        var peers = new PeerServer(net);
        await peers.Start();
        string[] doctor = ["doctor", "server", "--exit", "masquerade", .. peers.Secrets];
        var alone = net.Try(net.Server, doctor);
        Assert.Equal(Success, alone.ExitCode);
        Assert.Matches("(?m)^WARNING +keys +no peer is known: nobody is let in\n +remedy: udptun peer add NAME$", alone.Output);
        peers.Add("laptop", 1);
        Assert.Matches("(?m)^good +keys +1 peer is known", net.Try(net.Server, doctor).Output);

        var before = Doctor(net, peers.Conf("laptop"));
        Assert.Equal((Success, ""), (before.ExitCode, before.Error));
        Assert.Matches(@"(?m)^good +server +shakes hands at UDP 10\.77\.1\.1:9877 in [\d.]+ ms: the keys of both are right$", before.Output);

        var client = await peers.StartClient(1, "laptop", "203.0.113.0/24");
        await client.UntilLogged("has a session", Patience);
        var beside = net.Try(net.Client, "doctor");
        Assert.Equal((Success, ""), (beside.ExitCode, beside.Error));
        Assert.StartsWith("udptun doctor: client, which runs here\n", beside.Output);
        Assert.Contains("the client that runs here has a session with UDP 10.77.1.1:9877", beside.Output);
        Assert.Equal(0, net.Client.TryPing(3, "203.0.113.10").ExitCode);
    }

    [SkippableFact]
    [Trait(OffloadPass.Trait, OffloadPass.Unused)]
    public async Task Doctor_should_tell_why_no_handshake_comes_about()
    {
        await using var net = new Topology(output);
        var peers = new PeerServer(net);
        var none = net.Try(net.Client, ["doctor", "client", "--server", "10.77.1.1", .. peers.Secrets]);
        Assert.Equal(Failure, none.ExitCode);
        Assert.Matches("(?m)^WRONG +keys +a client needs the conf that its server makes", none.Output);
        Assert.Matches("(?m)^good +route +leads to the server 10.77.1.1:9877", none.Output);

        peers.Add("laptop", 1);
        Found("the host is there, but nothing listens at UDP 10.77.1.1:9877", "laptop");
        peers.Add("phone", 1);
        await peers.Start();
        Found("shakes hands", "laptop", Success);
        peers.Change("laptop", text => text.Replace(Key(text), Key(File.ReadAllText(peers.FileOf("phone")))));
        Found("the server at UDP 10.77.1.1:9877 knows this client, but has another preshared key", "laptop");
        peers.Udptun("peer", "remove", "laptop");
        Found("nobody answers a handshake at UDP 10.77.1.1:9877", "laptop");
        var client = await peers.StartClient(1, "laptop", "203.0.113.0/24");
        await client.UntilLogged("no session with peer", Patience);
        Found("the client that runs here has no session with UDP 10.77.1.1:9877, after ", "laptop");
        await client.Stop();
        Found("shakes hands", "phone", Success);

        void Found(string sentence, string name, int code = Failure)
        {
            var result = Doctor(net, peers.Conf(name));
            Assert.True(result.ExitCode == code && result.Output.Contains(sentence), result.ToString());
        }
    }

    private static CommandResult Doctor(Topology net, string conf) => net.Try(net.Client, "doctor", "client", "--config", conf);

    private static string Key(string file) => file.Split('\n').Single(line => line.StartsWith("preshared-key", StringComparison.Ordinal));
}
