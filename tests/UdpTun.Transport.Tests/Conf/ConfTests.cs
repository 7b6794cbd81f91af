using CsCheck;
using UdpTun.Net.Flows;
using UdpTun.Transport.Conf;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Transport.Tests.Conf;

public sealed class ConfTests
{
    // Not a pair: the reader does not care.
    private const string Private = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=";
    private const string Public = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";

    private const string Whole =
        $"""
        # What an app exports: every case of letters, spaces where it likes them.
        [interface]
        privatekey={Private}   # ours
          Address = 10.61.0.2/32, fd61::2/128
        ADDRESS = 10.62.0.2/24
        DNS = 1.1.1.1, 2606:4700:4700::1111, corp.example
        MTU = 1380
        ListenPort = 51820
        Table = auto
        SaveConfig = false
        FwMark = off

        [PEER]
        PublicKey = {Public}
        PresharedKey = {Private}
        AllowedIPs = 0.0.0.0/0, ::/0
        Endpoint = [2001:db8::1]:9877
        PersistentKeepalive = 25

        [Peer]
        PublicKey = {Private}
        AllowedIPs =
        Endpoint = vpn.example:51820
        PersistentKeepalive = off
        """;

    private static readonly Gen<byte[]> Bytes = Gen.Byte.Array[32];

    private static readonly Gen<InetAddress> Address =
        Gen.OneOf(Gen.UInt.Select(InetAddress.FromV4), Gen.Byte.Array[16].Select(bytes => InetAddress.FromBytes(bytes)));

    private static readonly Gen<InetPrefix> Prefix =
        Gen.Select(Address, Gen.Int[0, 128], (address, length) => new InetPrefix(address, address.IsV4 ? length % 33 : length));

    private static readonly Gen<ConfEndpoint> Endpoint = Gen.Select(
        Gen.OneOf(Gen.Const("vpn.example"), Gen.Const("a"), Address.Select(address => address.ToString())), Gen.UShort[1, ushort.MaxValue],
        (host, port) => new ConfEndpoint(host, port));

    private static readonly Gen<ConfPeer> Peer = Gen.Select(
        Bytes, Bytes, Prefix.Array[0, 4], Endpoint, Gen.UShort, Gen.Int[0, 3],
        (name, shared, allowed, endpoint, keepalive, parts) => new ConfPeer
        {
            PublicKey = new PublicKey(name),
            PresharedKey = (parts & 1) == 0 ? null : new SecretKey(shared),
            AllowedIps = allowed,
            Endpoint = (parts & 2) == 0 ? null : endpoint,
            PersistentKeepalive = keepalive,
        });

    private static readonly Gen<QuickConf> AnyConf = Gen.Select(
        Bytes, Prefix.Array[0, 3], Address.Array[0, 3], Gen.Int[576, 65535], Gen.UShort, Gen.Bool, Peer.Array[0, 3],
        (key, addresses, servers, mtu, port, routes, peers) => new QuickConf(
            new ConfInterface
            {
                PrivateKey = new SecretKey(key),
                Addresses = addresses,
                NameServers = servers,
                SearchDomains = servers.Length > 1 ? ["corp.example"] : [],
                Mtu = mtu % 2 == 0 ? null : mtu,
                ListenPort = port == 0 ? null : port,
                AddsRoutes = routes,
            },
            peers));

    [Fact]
    public void Conf_should_be_read_as_wg_quick_reads_it()
    {
        var conf = ConfReader.Read(Whole);

        Assert.Equal(Private, conf.Interface.PrivateKey.Reveal());
        Assert.Equal(["10.61.0.2/32", "fd61::2/128", "10.62.0.2/24"], conf.Interface.Addresses.Select(address => $"{address}"));
        Assert.Equal(["1.1.1.1", "2606:4700:4700::1111"], conf.Interface.NameServers.Select(server => $"{server}"));
        Assert.Equal(["corp.example"], conf.Interface.SearchDomains);
        Assert.Equal((1380, (ushort?)51820, true), (conf.Interface.Mtu, conf.Interface.ListenPort, conf.Interface.AddsRoutes));
        var (first, second) = (conf.Peers[0], conf.Peers[1]);
        Assert.Equal(
            (Public, Private, new ConfEndpoint("2001:db8::1", 9877), (ushort)25),
            ($"{first.PublicKey}", first.PresharedKey!.Reveal(), first.Endpoint, first.PersistentKeepalive));
        Assert.Equal(["0.0.0.0/0", "::/0"], first.AllowedIps.Select(network => $"{network}"));
        Assert.Null(second.PresharedKey);
        Assert.Empty(second.AllowedIps);
        Assert.Equal((new ConfEndpoint("vpn.example", 51820), (ushort)0), (second.Endpoint, second.PersistentKeepalive));
    }

    [Fact]
    public void Any_conf_should_be_read_as_it_was_written() => AnyConf.Sample(conf =>
    {
        var text = ConfWriter.Write(conf);
        Assert.Equal(text, ConfWriter.Write(ConfReader.Read(text)));
        var read = ConfReader.Read(text);
        Assert.Equal(conf.Interface.Addresses, read.Interface.Addresses);
        Assert.Equal(conf.Interface.NameServers, read.Interface.NameServers);
        Assert.Equal(conf.Interface.PrivateKey.Reveal(), read.Interface.PrivateKey.Reveal());
        Assert.Equal((conf.Interface.Mtu, conf.Interface.ListenPort, conf.Interface.AddsRoutes),
            (read.Interface.Mtu, read.Interface.ListenPort, read.Interface.AddsRoutes));
        foreach (var (written, back) in conf.Peers.Zip(read.Peers))
        {
            Assert.Equal((written.PublicKey, written.PresharedKey?.Reveal(), written.Endpoint, written.PersistentKeepalive),
                (back.PublicKey, back.PresharedKey?.Reveal(), back.Endpoint, back.PersistentKeepalive));
            Assert.Equal(written.AllowedIps, back.AllowedIps);
        }
    }, iter: 2000);

    [Theory]
    [InlineData("Table = auto", "PostUp = iptables -A FORWARD", 9, "PostUp runs shell commands")]
    [InlineData("Table = auto", "predown = true", 9, "predown runs shell commands")]
    [InlineData("Table = auto", "Table = 51820", 9, "Table is '51820', but must be auto or off")]
    [InlineData("SaveConfig = false", "SaveConfig = true", 10, "SaveConfig would write to this file")]
    [InlineData("FwMark = off", "FwMark = 51820", 11, "FwMark is chosen by udptun itself")]
    [InlineData("MTU = 1380", "MTU = 575", 7, "MTU is '575', but must be a whole number from 576 to 65535")]
    [InlineData("MTU = 1380", "MTU = +1380", 7, "MTU is '+1380'")]
    [InlineData("MTU = 1380", "Jc = 4", 7, "'Jc' is no key of [Interface]; there are PrivateKey, Address")]
    [InlineData("ListenPort = 51820", "MTU = 1400", 8, "MTU stands twice, first in line 7")]
    [InlineData("corp.example", "corp/example", 6, "DNS has 'corp/example'")]
    [InlineData("10.62.0.2/24", "10.62.0.2/33", 5, "Address has '10.62.0.2/33'")]
    [InlineData("0.0.0.0/0", "0.0.0.0/ 0", 16, "AllowedIPs has '0.0.0.0/ 0'")]
    [InlineData("[2001:db8::1]:9877", "2001:db8::1:9877", 17, "Endpoint is '2001:db8::1:9877'")]
    [InlineData("[2001:db8::1]:9877", "vpn.example", 17, "Endpoint is 'vpn.example'")]
    [InlineData("Keepalive = 25", "Keepalive = 65536", 18, "PersistentKeepalive is '65536', but must be off or")]
    [InlineData("[PEER]", "[Peers]", 13, "'[Peers]' is no section")]
    [InlineData("[PEER]", "[Interface]", 13, "[Interface] stands twice, first in line 2")]
    [InlineData("PublicKey = " + Public, "", 13, "[Peer] has no PublicKey")]
    [InlineData("privatekey=" + Private, "", 2, "[Interface] has no PrivateKey")]
    [InlineData("MTU = 1380", "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk", 7, "the line is no KEY = VALUE")]
    public void Unfit_line_should_be_refused_by_name_and_number(string line, string unfit, int number, string message)
    {
        Assert.Contains(line, Whole, StringComparison.Ordinal);
        var refusal = Assert.Throws<ConfException>(() => ConfReader.Read(Whole.Replace(line, unfit, StringComparison.Ordinal)));

        Assert.StartsWith(message, refusal.Message);
        Assert.Equal(number, refusal.Line);
    }

    [Theory]
    [InlineData("", 1, "the section [Interface] is missing")]
    [InlineData("# nothing\n\nMTU = 1400\n", 3, "the file does not begin with [Interface]")]
    public void File_without_interface_should_be_refused(string text, int number, string message)
    {
        var refusal = Assert.Throws<ConfException>(() => ConfReader.Read(text));
        Assert.Equal((number, message), (refusal.Line, refusal.Message));
    }

    [Fact]
    public void Damaged_key_should_be_refused_without_being_shown()
    {
        foreach (var key in new[] { "privatekey=", "PresharedKey = " })
        {
            var refusal = Assert.Throws<ConfException>(() => ConfReader.Read(Whole.Replace(key + Private, key + Private[1..], StringComparison.Ordinal)));
            Assert.EndsWith("is not a key in base64, 44 characters", refusal.Message);
            Assert.DoesNotContain(Private[1..10], refusal.ToString());
        }
    }

    [Theory]
    [InlineData(Whole, true)]
    [InlineData("\n [Peer] # first\n", true)]
    [InlineData("# [Interface]\nudptun { }", false)]
    [InlineData("udptun.secure { }\n[Interface]", false)]
    [InlineData("", false)]
    public void Conf_should_be_told_from_hocon(string text, bool isConf) => Assert.Equal(isConf, ConfReader.Recognizes(text));

    [Fact]
    public void Any_change_should_be_read_or_refused_and_nothing_else() =>
        Gen.Select(Gen.Int[0, Whole.Length - 1], Gen.Char).Array[1, 5].Sample(changes =>
        {
            var text = Whole.ToCharArray();
            foreach (var (at, letter) in changes) text[at] = letter;
            try
            {
                ConfReader.Read(new string(text));
            }
            catch (ConfException refusal)
            {
                Assert.InRange(refusal.Line, 1, text.Count(letter => letter == '\n') + 1);
            }
        }, iter: 20_000);
}
