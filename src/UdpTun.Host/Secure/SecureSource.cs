using UdpTun.Actors.Settings;
using UdpTun.Host.Cli;
using UdpTun.Host.Configuration;
using UdpTun.Host.Reload;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Host.Secure;

/// <summary>Where a run has its keys and peers from: the files of <c>udptun.secure</c>, or a client's conf.</summary>
internal sealed class SecureSource(TunnelSettings settings, PeersDirectory peers, ConfLayer? conf)
{
    private const string WithoutConf = "a client needs the conf that its server makes: 'udptun peer add NAME' writes NAME.conf there, "
        + "and --config NAME.conf takes it here (--transport plain needs none, and protects nothing)";

    /// <summary>The peers as they are on the disk now.</summary>
    internal PeersDirectory Peers { get; } = peers;

    /// <summary>The same where other settings say that the files are.</summary>
    internal SecureSource With(TunnelSettings settings) => new(settings, Peers.At(settings.SecureFiles.PeersDirectory), conf);

    /// <summary>A server's key, which is made at its first start, and its peers.</summary>
    /// <param name="tell">Told in one sentence how to go on when the key is new.</param>
    /// <exception cref="ConfigurationException">A file is wrong.</exception>
    internal SecureSettings OfServer(Action<string> tell)
    {
        var file = settings.SecureFiles.PrivateKeyFile;
        var (key, isNew) = KeyFile.ReadOrMake(file);
        var known = PeersOf(key);
        if (isNew) tell($"this server's key is made ({file}); 'udptun peer add NAME' lets a client in");
        else if (known.Count == 0) tell("this server knows no peer; 'udptun peer add NAME' lets a client in");
        return Of(key, known);
    }

    /// <summary>A server's peers, none of them itself.</summary>
    /// <exception cref="ConfigurationException">A file is wrong.</exception>
    internal IReadOnlyList<PeerSettings> PeersOf(SecretKey own) => Checked(own, Peers.Read());

    /// <summary>A client's key and its one peer, the server.</summary>
    /// <exception cref="ConfigurationException">A file is wrong, or says not where the server is.</exception>
    internal SecureSettings OfClient()
    {
        if (conf is null && !File.Exists(settings.SecureFiles.PrivateKeyFile)) throw new ConfigurationException(WithoutConf);
        var key = conf?.Conf.Interface.PrivateKey ?? KeyFile.Read(settings.SecureFiles.PrivateKeyFile);
        var server = conf?.Server ?? OnlyPeer();
        if (settings.Client.Server is { } named) server = server with { Endpoints = [named] };
        if (server.Endpoints.Count == 0)
            throw new ConfigurationException($"nothing says where the server {server.PublicKey} is: give --server HOST[:PORT], or its Endpoint");
        return Of(key, Checked(key, [server]));
    }

    /// <summary>Looks for what a role would not start with, and makes nothing.</summary>
    /// <exception cref="ConfigurationException">A file is wrong or missing.</exception>
    internal void Check(Role role)
    {
        if (settings.Transport == TransportKind.Plain) return;
        if (role == Role.Client) OfClient();
        if (role != Role.Server) return;
        if (File.Exists(settings.SecureFiles.PrivateKeyFile)) OfServer(_ => { });
        else Peers.Read();
    }

    /// <summary>Whether our own key is another than that in use, for which there has to be a restart; null: it is the same.</summary>
    /// <param name="used">What the instance was started with.</param>
    /// <param name="role">Server or client.</param>
    /// <exception cref="ConfigurationException">A file is wrong.</exception>
    internal SettingChange? FindOtherKey(SecureSettings used, Role role)
    {
        const string Hidden = "(not shown)", Why = "peers know us by the key in use";
        var file = settings.SecureFiles.PrivateKeyFile;
        if (role == Role.Client && conf is not null)
            return OfClient().PrivateKey.Span.SequenceEqual(used.PrivateKey.Span) ? null : new SettingChange("PrivateKey", Hidden, Hidden, "the conf", Why);
        return !File.Exists(file) || KeyFile.Read(file).Span.SequenceEqual(used.PrivateKey.Span) ? null
            : new SettingChange(SecureFileSettings.PrivateKeyFileKey, Hidden, Hidden, file, Why);
    }

    private SecureSettings Of(SecretKey key, IReadOnlyList<PeerSettings> all) =>
        new(key, all) { Times = settings.SecureFiles.Times, AllowsAes = settings.SecureFiles.AllowsAes };

    private PeerSettings OnlyPeer() => Peers.Read() is [var only]
        ? only
        : throw new ConfigurationException("a client of the secure transport needs to know its server's key: give the file that 'udptun peer add' "
            + $"writes on the server (--config NAME.conf), or make the server the one peer in {Peers.Path}");

    private IReadOnlyList<PeerSettings> Checked(SecretKey own, IReadOnlyList<PeerSettings> all)
    {
        var self = own.ToPublic();
        return all.FirstOrDefault(peer => peer.PublicKey.Equals(self)) is { } twin
            ? throw new ConfigurationException($"the peer {twin.Name} has our own public key, {self}: each end has a key of its own")
            : all;
    }
}
