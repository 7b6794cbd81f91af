using Akka.Actor;
using UdpTun.Actors.Lessons;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tests.Fakes;
using UdpTun.Actors.Tunnel;
using UdpTun.Testing.Packets;

namespace UdpTun.Actors.Tests.Lessons;

public sealed class PacketPrinterActorSpecs : PatientTestKit
{
    private readonly LineContext _line = TestLine.Create(new RecordingLoop());
    private readonly StringWriter _output = new();

    [Fact]
    public async Task Printer_should_print_a_line_for_each_packet_and_release_the_batch()
    {
        Sys.ActorOf(PacketPrinterActor.Props(_output, hex: false, _line.Drops)).Tell(Batches.Of(_line.Pool, Direction.Outbound,
            PacketBuilder.EchoRequest("10.0.0.1", "203.0.113.1", 7), [1, 2, 3]));
        await AwaitAssertAsync(() => Assert.Equal(0, _line.Pool.Outstanding));
        Assert.Equal(
            ["ICMP   10.0.0.1 > 203.0.113.1 echo request id 7 seq 1 ttl 64 length 28", "not IP (version 0), 3 bytes"],
            _output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Printer_should_print_the_bytes_when_asked_for_hex()
    {
        Sys.ActorOf(PacketPrinterActor.Props(_output, hex: true, _line.Drops)).Tell(Batches.Of(_line.Pool, Direction.Outbound,
            PacketBuilder.Udp("10.0.0.1:5000", "203.0.113.1:53", "hello"u8)));
        await AwaitAssertAsync(() => Assert.Equal(0, _line.Pool.Outstanding));
        Assert.Contains("    0010  ", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("hell\n", _output.ToString(), StringComparison.Ordinal);
    }
}
