// Stage: the end of the line of role dump. Thread: event loop. Memory: see PacketActor. A cold path: it prints.
using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Counters;

namespace UdpTun.Actors.Lessons;

/// <summary>The article's first program: prints a line for each packet, and on request its bytes.</summary>
internal sealed class PacketPrinterActor : PacketActor
{
    private readonly TextWriter _output;
    private readonly bool _hex;

    public PacketPrinterActor(TextWriter output, bool hex, DropCounters drops) : base(drops)
    {
        (_output, _hex) = (output, hex);
        Receive<FlowBatch>(OnBatch);
    }

    /// <param name="output">Takes the lines; flushed after each batch.</param>
    /// <param name="hex">Whether each line is followed by the packet's bytes.</param>
    /// <param name="drops">The line's drop counters.</param>
    public static Props Props(TextWriter output, bool hex, DropCounters drops) =>
        PropsOf(() => new PacketPrinterActor(output, hex, drops));

    private void OnBatch(FlowBatch batch)
    {
        for (var i = 0; i < batch.Packets.Count; i++)
        {
            var packet = batch.Packets.Packet(i);
            _output.WriteLine(PacketDescription.Of(packet));
            if (_hex) _output.WriteLine(HexDump.Of(packet));
        }

        _output.Flush();
    }
}
