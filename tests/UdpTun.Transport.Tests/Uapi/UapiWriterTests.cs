using UdpTun.Net.Flows;
using UdpTun.Transport.Secure.Keys;
using UdpTun.Transport.Uapi;

namespace UdpTun.Transport.Tests.Uapi;

public sealed class UapiWriterTests
{
    private static readonly string Ones = string.Concat(Enumerable.Repeat("01", 32));
    private static readonly string Zeros = new('0', 64);

    [Fact]
    public void Report_should_be_written_in_the_order_that_tools_read()
    {
        var key = Enumerable.Repeat((byte)1, 32).ToArray();
        var report = new InterfaceReport
        {
            PrivateKey = new SecretKey(key),
            ListenPort = 51820,
            Mark = 7,
            Peers =
            [
                new PeerReport(new PublicKey(key))
                {
                    Endpoint = new InetEndpoint(InetAddress.Parse("2001:db8::1"), 9877),
                    LastHandshake = DateTimeOffset.UnixEpoch.AddSeconds(1767268800).AddTicks(1),
                    ReceivedBytes = 5_000_000_000,
                    SentBytes = 12,
                    PersistentKeepalive = 25,
                    AllowedIps = [InetPrefix.Parse("10.61.0.2/32"), InetPrefix.Parse("fd61::2/128")],
                },
                new PeerReport(new PublicKey(new byte[32])) { PresharedKey = new SecretKey(key) },
            ],
        };

        Assert.Equal(
            $"""
            private_key={Ones}
            listen_port=51820
            fwmark=7
            public_key={Ones}
            preshared_key={Zeros}
            protocol_version=1
            endpoint=[2001:db8::1]:9877
            last_handshake_time_sec=1767268800
            last_handshake_time_nsec=100
            tx_bytes=12
            rx_bytes=5000000000
            persistent_keepalive_interval=25
            allowed_ip=10.61.0.2/32
            allowed_ip=fd61::2/128
            public_key={Zeros}
            preshared_key={Ones}
            protocol_version=1
            last_handshake_time_sec=0
            last_handshake_time_nsec=0
            tx_bytes=0
            rx_bytes=0
            persistent_keepalive_interval=0
            errno=0


            """, UapiWriter.Write(report));
    }

    [Fact]
    public void Interface_without_anything_should_say_so() => Assert.Equal("errno=0\n\n", UapiWriter.Write(new InterfaceReport()));

    [Fact]
    public void Refusal_should_carry_its_errno() => Assert.Equal("errno=-22\n\n", UapiWriter.Write(UapiErrno.Invalid));
}
