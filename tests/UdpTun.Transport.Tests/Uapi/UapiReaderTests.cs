using CsCheck;
using UdpTun.Net.Flows;
using UdpTun.Transport.Uapi;

namespace UdpTun.Transport.Tests.Uapi;

public sealed class UapiReaderTests
{
    private const string Zeros = "0000000000000000000000000000000000000000000000000000000000000000";
    private const string One = "e84b5a6d2717c1003a13b431570353dbaca9146cf150c5f8575680feba52027a";
    private const string Two = "b85996fecc9c7f1fc6d2572a76eda11d59bcd20be8e543b15ce4bd85a8e75a33";

    private const string Whole =
        $"""
        set=1
        private_key={One}
        listen_port=12912
        fwmark=51820
        replace_peers=true
        public_key={Two}
        update_only=true
        preshared_key={Zeros}
        endpoint=[2001:db8::1]:51820
        persistent_keepalive_interval=25
        replace_allowed_ips=true
        protocol_version=1
        allowed_ip=192.168.4.4/32
        allowed_ip=-fd61::/64
        public_key={One}
        remove=true


        """;

    private static UapiRequest? Read(string text) => UapiReader.Read(new StringReader(text));

    [Fact]
    public void Set_should_be_read()
    {
        var change = Assert.IsType<UapiRequest.Set>(Read(Whole)).Change;

        Assert.Equal(One, Convert.ToHexStringLower(change.PrivateKey!.Span));
        Assert.Equal(((ushort?)12912, (uint?)51820, true), (change.ListenPort, change.Mark, change.ReplacesPeers));
        var (first, second) = (change.Peers[0], change.Peers[1]);
        Assert.Equal(Two, Convert.ToHexStringLower(first.PublicKey.Span));
        Assert.Equal(Zeros, Convert.ToHexStringLower(first.PresharedKey!.Span));
        Assert.Equal((true, true, false), (first.UpdatesOnly, first.ReplacesAllowedIps, first.Removes));
        Assert.Equal(("[2001:db8::1]:51820", (ushort?)25), ($"{first.Endpoint}", first.PersistentKeepalive));
        Assert.Equal([new(InetPrefix.Parse("192.168.4.4/32")), new(InetPrefix.Parse("fd61::/64"), Removes: true)], first.AllowedIps);
        Assert.True(second.Removes);
        Assert.Empty(second.AllowedIps);
    }

    [Fact]
    public void Value_that_is_not_named_should_stay()
    {
        var change = Assert.IsType<UapiRequest.Set>(Read($"set=1\npublic_key={One}\n\n")).Change;
        var peer = Assert.Single(change.Peers);

        Assert.Equal((null, null, null, false), (change.PrivateKey, change.ListenPort, change.Mark, change.ReplacesPeers));
        Assert.Equal((null, null, null, false), (peer.PresharedKey, peer.Endpoint, peer.PersistentKeepalive, peer.ReplacesAllowedIps));
    }

    [Fact]
    public void Requests_should_follow_each_other_also_behind_one_that_is_refused()
    {
        var stream = new StringReader($"get=1\n\nset=1\nlisten_port=x\nfwmark=1\n\nget=1\n\nset=1\n{new string('x', 5000)}\n\nget=1\n\n");

        Assert.IsType<UapiRequest.Get>(UapiReader.Read(stream));
        Assert.Throws<UapiException>(() => UapiReader.Read(stream));
        Assert.IsType<UapiRequest.Get>(UapiReader.Read(stream));
        Assert.Throws<UapiException>(() => UapiReader.Read(stream));
        Assert.IsType<UapiRequest.Get>(UapiReader.Read(stream));
        Assert.Null(UapiReader.Read(stream));
    }

    [Fact]
    public void Request_that_is_cut_should_be_none()
    {
        for (var length = 0; length < Whole.Length; length++) Assert.Null(Read(Whole[..length]));
    }

    [Theory]
    [InlineData("set=1", "get=1", UapiErrno.Protocol)]
    [InlineData("set=1", "set=2", UapiErrno.Protocol)]
    [InlineData("private_key=" + One, "private_key=" + Zeros + "0", UapiErrno.Invalid)]
    [InlineData("private_key=" + One, "private_key=", UapiErrno.Invalid)]
    [InlineData("listen_port=12912", "listen_port=65536", UapiErrno.Invalid)]
    [InlineData("listen_port=12912", "listen_port= 1", UapiErrno.Invalid)]
    [InlineData("listen_port=12912", "listen_port", UapiErrno.Protocol)]
    [InlineData("listen_port=12912", "endpoint=192.0.2.1:1", UapiErrno.Protocol)]
    [InlineData("fwmark=51820", "fwmark=0x10", UapiErrno.Invalid)]
    [InlineData("replace_peers=true", "replace_peers=false", UapiErrno.Invalid)]
    [InlineData("update_only=true", "fwmark=1", UapiErrno.Protocol)]
    [InlineData("[2001:db8::1]:51820", "vpn.example:51820", UapiErrno.Invalid)]
    [InlineData("[2001:db8::1]:51820", "192.0.2.1:0", UapiErrno.Invalid)]
    [InlineData("protocol_version=1", "protocol_version=2", UapiErrno.Invalid)]
    [InlineData("192.168.4.4/32", "192.168.4.4/33", UapiErrno.Invalid)]
    [InlineData("-fd61::/64", "--fd61::/64", UapiErrno.Invalid)]
    public void Unfit_line_should_be_refused_with_its_errno(string line, string unfit, UapiErrno errno)
    {
        Assert.Contains(line, Whole, StringComparison.Ordinal);
        var refusal = Assert.Throws<UapiException>(() => Read(Whole.Replace(line, unfit, StringComparison.Ordinal)));
        Assert.Equal(errno, refusal.Errno);
        Assert.DoesNotContain(Zeros, refusal.Message);
    }

    [Fact]
    public void Any_change_should_be_read_or_refused_and_nothing_else() =>
        Gen.Select(Gen.Int[0, Whole.Length - 1], Gen.Char[(char)0, (char)127]).Array[1, 5].Sample(changes =>
        {
            var text = Whole.ToCharArray();
            foreach (var (at, letter) in changes) text[at] = letter;
            try
            {
                Read(new string(text));
            }
            catch (UapiException)
            {
                // the one way to refuse
            }
        }, iter: 20_000);
}
