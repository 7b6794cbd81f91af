namespace UdpTun.EndToEnd.Tests.Harness;

/// <summary>A server whose key and peers are made by the program's own verbs, as a user makes them, in the topology's directory.</summary>
internal sealed class PeerServer(Topology net)
{
    /// <summary>What leads a server, and verbs about its peers, to its keys.</summary>
    public string[] Secrets =>
    [
        "--set", $"udptun.secure.private-key-file={KeyFile}", "--set", $"udptun.secure.peers-directory={PeersDirectory}",
    ];

    public string KeyFile => Path.Combine(net.StateDirectory, "keys", "private.key");

    public string PeersDirectory => Path.Combine(net.StateDirectory, "keys", "peers");

    /// <summary>The conf of a peer, for its own program.</summary>
    public string Conf(string name) => Path.Combine(net.StateDirectory, $"{name}.conf");

    /// <summary>The server's file about a peer.</summary>
    public string FileOf(string name) => Path.Combine(PeersDirectory, $"{name}.conf");

    public async Task<TunnelProcess> Start(params IEnumerable<string> arguments)
    {
        var server = net.Launch(net.Server, ["--role", "server", "--exit", "masquerade", .. Secrets, .. arguments]);
        await server.UntilReady();
        return server;
    }

    /// <summary>Makes a peer that finds the server on the link of a client (1 or 2), with more lines in its file.</summary>
    public string Add(string name, int client, params string[] lines)
    {
        var said = Udptun("peer", "add", name, "--endpoint", $"10.77.{client}.1", "--output", Conf(name));
        return lines.Length == 0 ? said : said + Change(name, text => text + string.Join('\n', lines) + "\n");
    }

    /// <summary>Edits a peer's file and lets the running server take it.</summary>
    public string Change(string name, Func<string, string> edit)
    {
        File.WriteAllText(FileOf(name), edit(File.ReadAllText(FileOf(name))));
        return Udptun("config", "reload");
    }

    /// <summary>Starts client <paramref name="number"/> (1 or 2) by a peer's conf, with routes in place of the conf's.</summary>
    public async Task<TunnelProcess> StartClient(int number, string name, params string[] routes)
    {
        var client = net.Launch(
            net.Clients[number - 1], ["--role", "client", "--config", Conf(name), .. routes.SelectMany(route => new[] { "--route", route })]);
        await client.UntilReady();
        return client;
    }

    /// <summary>Runs a verb on the server's host.</summary>
    public string Udptun(params IEnumerable<string> verb)
    {
        var result = net.Try(net.Server, [.. verb, .. verb.First() is "peer" ? Secrets : []]);
        return result.ExitCode == 0 ? result.Output : throw new InvalidOperationException(result.ToString());
    }
}
