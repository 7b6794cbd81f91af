namespace UdpTun.EndToEnd.Tests.Harness;

/// <summary>Keys of a server and a client, made by wg(8), in the files that each program reads them from.</summary>
internal sealed class SecureFiles : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("udptun-e2e-keys-");
    private readonly string _serverKey = NewKey(), _clientKey = NewKey();

    public SecureFiles()
    {
        Write("server.key", _serverKey);
        Directory.CreateDirectory(In("peers"));
        WriteLaptop();
    }

    /// <summary>The one of server and client.</summary>
    public string PresharedKey { get; private set; } = NewPresharedKey();

    /// <summary>Another preshared key in the server's file; returns the former one.</summary>
    public string RenewPresharedKey()
    {
        var former = PresharedKey;
        PresharedKey = NewPresharedKey();
        WriteLaptop();
        return former;
    }

    /// <summary>What a server of ours is started with.</summary>
    public IReadOnlyList<string> ServerArguments =>
        ["--set", $"udptun.secure.private-key-file={In("server.key")}", "--set", $"udptun.secure.peers-directory={In("peers")}"];

    /// <summary>The conf of a client, for our program, with more lines about its server.</summary>
    public string ClientConf(string server, string more = "", string allowed = "203.0.113.0/24, 10.61.0.1/32") => Write("client.conf", $"""
        [Interface]
        PrivateKey = {_clientKey}
        Address = 10.61.0.2/32

        {Server(server, allowed)}
        {more}
        """);

    /// <summary>What a client without a conf is started with: its server is the one peer in a directory, at several endpoints.</summary>
    public IReadOnlyList<string> ClientArguments(params string[] endpoints)
    {
        Directory.CreateDirectory(In("servers"));
        Write("client.key", _clientKey);
        Write("servers/server.conf", $"""
            public-key = "{PublicOf(_serverKey)}"
            preshared-key = "{PresharedKey}"
            allowed-ips = ["0.0.0.0/0"]
            endpoints = [{string.Join(", ", endpoints.Select(endpoint => $"\"{endpoint}\""))}]
            """);
        return
        [
            "--transport", "secure", "--set", $"udptun.secure.private-key-file={In("client.key")}", "--set", $"udptun.secure.peers-directory={In("servers")}",
        ];
    }

    /// <summary>The same for <c>wg setconf</c>, which takes no addresses.</summary>
    public string ClientSetConf(string server, string more = "") =>
        Write("wg-client.conf", $"[Interface]\nPrivateKey = {_clientKey}\n\n{Server(server)}\n{more}\n");

    /// <summary>The same with a key that the server does not know.</summary>
    public string StrangerSetConf(string server) =>
        Write("wg-stranger.conf", $"[Interface]\nPrivateKey = {NewKey()}\n\n{Server(server)}\nPersistentKeepalive = 1\n");

    /// <summary>A server for <c>wg setconf</c>.</summary>
    public string ServerSetConf() => Write("wg-server.conf", $"""
        [Interface]
        PrivateKey = {_serverKey}
        ListenPort = 9877

        [Peer]
        PublicKey = {PublicOf(_clientKey)}
        PresharedKey = {PresharedKey}
        AllowedIPs = 10.61.0.2/32
        """);

    public void Dispose() => _directory.Delete(recursive: true);

    private void WriteLaptop() => Write("peers/laptop.conf", $"""
        public-key = "{PublicOf(_clientKey)}"
        preshared-key = "{PresharedKey}"
        allowed-ips = ["10.61.0.2/32"]
        """);

    private static string NewPresharedKey() => Command.Run("wg", "genpsk").Trim();

    private static string NewKey() => Command.Run("wg", "genkey").Trim();

    private static string PublicOf(string key) => Command.Run(key + "\n", ["wg", "pubkey"]).Trim();

    private string Server(string address, string allowed = "203.0.113.0/24, 10.61.0.1/32") => $"""
        [Peer]
        PublicKey = {PublicOf(_serverKey)}
        PresharedKey = {PresharedKey}
        AllowedIPs = {allowed}
        Endpoint = {address}:9877
        """;

    private string In(string name) => Path.Combine(_directory.FullName, name);

    private string Write(string name, string text)
    {
        File.WriteAllText(In(name), text + "\n");
        Command.Run("chmod", "600", In(name)); // what holds a secret is refused if others may read it
        return In(name);
    }
}
