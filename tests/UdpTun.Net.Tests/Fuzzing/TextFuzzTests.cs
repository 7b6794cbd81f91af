using UdpTun.Net.Flows;
using UdpTun.Net.Nat.Saving;
using UdpTun.Net.PortMapping;
using UdpTun.Testing.Fuzzing;
using Xunit.Abstractions;

namespace UdpTun.Net.Tests.Fuzzing;

/// <summary>Whatever the text, what reads it refuses it in the one way it says, and what it takes it can write and read again.</summary>
public sealed class TextFuzzTests(ITestOutputHelper output)
{
    private const string Snapshot =
        """
        udptun-sessions 4 1767268800000 5000
        10.9.0.1:40000 Udp 10.61.0.2:1 192.168.61.123:20001 203.0.113.1:53 outside 3 1000 2000
        [fd09::1]:40000 Tcp [fd61::2]:1 [fd61::123]:20001 [2001:db8::1]:53 inside 3 1000 2000
        hold 10.9.0.1:40000 Tcp 10.61.0.2:80 192.168.61.123:20080 3600000
        rest 10.9.0.1:40000 Udp 10.61.0.2:7 192.168.61.123:20007 60000
        rest - Icmp 10.61.0.2:8 192.168.61.123:20008 60000
        end 2 1 2

        """;

    [Fact]
    public void Snapshot_should_be_read_whole_or_refused()
    {
        var read = 0;
        Fuzz([Snapshot], text =>
        {
            try
            {
                var snapshot = SnapshotText.Read(new StringReader(text), out var takenAt);
                var written = new StringWriter();
                SnapshotText.Write(written, snapshot, takenAt);
                var again = SnapshotText.Read(new StringReader(written.ToString()), out _);
                Assert.Equal(snapshot.Sessions, again.Sessions);
                Assert.Equal(snapshot.Holds, again.Holds);
                Assert.Equal(snapshot.Rests, again.Rests);
                read++;
            }
            catch (FormatException)
            {
                // the one way to refuse
            }
        });
        Assert.NotEqual(0, read);
    }

    [Fact]
    public void Addresses_should_be_read_or_refused() =>
        Fuzz(["192.0.2.1:53", "[2001:db8::1]:53", "10.0.0.0/8", "fd00::/8", "::ffff:192.0.2.1", "fe80::1%eth0"], text =>
        {
            if (InetEndpoint.TryParse(text, out var endpoint))
                Assert.True(InetEndpoint.TryParse(endpoint.ToString(), out var again) && again == endpoint);
            if (InetPrefix.TryParse(text, out var prefix))
                Assert.True(InetPrefix.TryParse(prefix.ToString(), out var again) && again == prefix);
        });

    [Fact]
    public void Static_mappings_should_be_read_or_refused() =>
        Fuzz(["tcp 20080 -> 10.61.0.2:80", "udp 20053 -> [fd61::2]:53 @ 172.16.0.7"], text =>
        {
            if (StaticMapping.Parse(text) is { } mapping) Assert.Equal(mapping, StaticMapping.Parse(mapping.ToString()));
        });

    private void Fuzz(string[] models, Action<string> target) => new Fuzzer(output.WriteLine).Texts(models, target);
}
