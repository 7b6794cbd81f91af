using System.Net;
using System.Net.Sockets;
using UdpTun.Conformance.Lab;
using UdpTun.Conformance.Table;
using UdpTun.EndToEnd;
using UdpTun.Net.Headers;

namespace UdpTun.Conformance.Rfcs;

/// <summary>RFC 5382: TCP through a NAT. Sequence numbers of crafted packets fit: the kernel's conntrack looks at them.</summary>
internal static class Rfc5382
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(0.7);

    internal static IEnumerable<Requirement> Rows { get; } =
    [
        new("RFC 5382 REQ-1", "One inner TCP endpoint has one outer endpoint, whatever it talks to.", EndpointIndependentMapping),
        new("RFC 5382 REQ-2", "Both sides may open a connection at once.", SimultaneousOpen),
        new("RFC 5382 REQ-3", "Everybody may connect to a mapped port, by default.", lab => Filtering(lab, true, true))
        {
            KernelForbids = Rfc4787Filtering.KernelFilters,
        },
        new("RFC 5382 REQ-3 address", "Only addresses that the client has connected to may, where configured.", lab =>
            Filtering(lab, true, false))
        {
            Server = ["nat.filtering.tcp=address-dependent"],
            KernelForbids = Rfc4787Filtering.KernelFilters,
        },
        new("RFC 5382 REQ-3 port", "Only endpoints that the client has connected to may, where configured.", lab =>
            Filtering(lab, false, false))
        {
            Server = ["nat.filtering.tcp=address-and-port-dependent"],
        },
        new("RFC 5382 REQ-4", "An unsolicited SYN is answered by nothing for 6 seconds, then by ICMP 3/3.", SilentSyn)
        {
            Server = ["nat.filtering.tcp=address-and-port-dependent"],
            KernelForbids = "the kernel answers for ports of its own",
        },
        new("RFC 5382 REQ-5", "Idle connections live for one time while they open, another while open and a third after their close.",
            Timers)
        {
            Server = Scaled.Timers,
        },
        new("RFC 5382 REQ-7", "Two inner endpoints never share an outer port; when ports run out, a connection is refused.", NoOverloading)
        {
            Server = ["nat.ports=20000-20001"],
            Alone = true,
        },
        new("RFC 5382 REQ-8", "Clients connect to each other by their outer endpoints, and the caller is shown as its own.", Hairpin),
        new("RFC 5382 REQ-9", "ICMP errors of the internet end a connection attempt at once.", ErrorsEndAttempts),
        new("RFC 5382 REQ-10", "No ICMP message ends a connection that is open.", IcmpEndsNothing),
    ];

    private static async Task<Evidence> EndpointIndependentMapping(Laboratory lab)
    {
        var port = Laboratory.FreshPort();
        var seen = new List<EndPoint?>();
        foreach (var (client, far) in new[] { (0, Laboratory.Far), (0, Laboratory.OtherFar), (1, Laboratory.Far) })
        {
            using var listener = Listen(lab.Internet, new IPEndPoint(far, 0));
            using var socket = Bound(lab.Clients[client], port);
            await Connect(socket, (IPEndPoint)listener.LocalEndPoint!);
            using var accepted = await listener.AcceptAsync();
            seen.Add(accepted.RemoteEndPoint);
        }

        return new(
            Equals(seen[0], seen[1]) && !Equals(seen[0], seen[2]),
            $"inner port {port} of A is {seen[0]} at one remote and {seen[1]} at another, of B {seen[2]}");
    }

    private static async Task<Evidence> SimultaneousOpen(Laboratory lab)
    {
        using var flow = new CraftedFlow(lab);
        var steps = new List<SeenPacket?>
        {
            await flow.Leave(flow.Tcp(TcpFlags.Syn, 1000, 0)),
        };
        if (steps[0] is null) return new(false, "the SYN did not reach the internet");
        steps.Add(await flow.Arrive(flow.TcpBack(TcpFlags.Syn, 5000, 0)));
        steps.Add(await flow.Leave(flow.Tcp(TcpFlags.Syn | TcpFlags.Ack, 1000, 5001)));
        steps.Add(await flow.Arrive(flow.TcpBack(TcpFlags.Syn | TcpFlags.Ack, 5000, 1001)));
        steps.Add(await flow.Leave(flow.Tcp(TcpFlags.Ack | TcpFlags.Psh, 1001, 5001, "out"u8)));
        steps.Add(await flow.Arrive(flow.TcpBack(TcpFlags.Ack | TcpFlags.Psh, 5001, 1004, "in"u8)));
        string[] names = ["SYN out", "SYN in", "SYN-ACK out", "SYN-ACK in", "data out", "data in"];
        return new(
            steps.All(step => step is not null),
            string.Join(", ", names.Zip(steps, (name, step) => step is null ? $"{name} LOST" : name)));
    }

    private static async Task<Evidence> Filtering(Laboratory lab, bool otherPort, bool otherAddress)
    {
        using var flow = new CraftedFlow(lab);
        if (!await flow.OpenTcp()) return new(false, "the connection did not open");
        var port = await flow.Arrive(
            flow.TcpBack(TcpFlags.Syn, 9000, 0, from: new IPEndPoint(flow.Remote.Address, Laboratory.FreshPort())), Short);
        var address = await flow.Arrive(
            flow.TcpBack(TcpFlags.Syn, 9000, 0, from: new IPEndPoint(Laboratory.OtherFar, Laboratory.FreshPort())), Short);
        return new(
            port is not null == otherPort && address is not null == otherAddress,
            $"a SYN from another port of the remote {(port is null ? "stayed out" : "got in")}, from another address "
                + $"{(address is null ? "stayed out" : "got in")}");
    }

    private static async Task<Evidence> SilentSyn(Laboratory lab)
    {
        using var flow = new CraftedFlow(lab);
        if (!await flow.OpenTcp()) return new(false, "the connection did not open");
        var stranger = new IPEndPoint(flow.Remote.Address, Laboratory.FreshPort());
        var asked = flow.Outside.Now;
        flow.Outside.Send(flow.TcpBack(TcpFlags.Syn, 9000, 0, from: stranger));
        var answer = await flow.Outside.First(
            it => it.At > asked && it.Destination.Equals(stranger.Address) && Answers(it), TimeSpan.FromSeconds(9));
        var after = answer is null ? 0 : (answer.At - asked).TotalSeconds;
        return new(
            after >= 6 && answer!.IsIcmp(3, 3),
            answer is null ? "no answer within 9 s" : $"{answer} after {after:0.0} s");

        bool Answers(SeenPacket it) =>
            (it.IsIcmp(3) && it.Quoted.From.Equals(stranger)) || (it.Protocol == SeenPacket.Tcp && it.To.Equals(stranger));
    }

    private static async Task<Evidence> Timers(Laboratory lab)
    {
        using var opening = new CraftedFlow(lab);
        using var open = new CraftedFlow(lab);
        using var closed = new CraftedFlow(lab);
        await opening.Leave(opening.Tcp(TcpFlags.Syn, 1000, 0));
        if (!await open.OpenTcp() || !await closed.OpenTcp()) return new(false, "a connection did not open");
        await closed.Leave(closed.Tcp(TcpFlags.Fin | TcpFlags.Ack, 1001, 5001));
        await closed.Arrive(closed.TcpBack(TcpFlags.Fin | TcpFlags.Ack, 5001, 1002));
        await closed.Leave(closed.Tcp(TcpFlags.Ack, 1002, 5002));
        await Scaled.Wait(Scaled.TcpOpening + Scaled.Margin);
        var halfOpen = await opening.Arrive(opening.TcpBack(TcpFlags.Syn | TcpFlags.Ack, 5000, 1001), Short);
        var afterClose = await closed.Arrive(closed.TcpBack(TcpFlags.Ack, 5002, 1002), Short);
        var idle = await open.Arrive(open.TcpBack(TcpFlags.Ack, 5001, 1001), Short);
        await Scaled.Wait(Scaled.TcpEstablished + Scaled.Margin);
        var tooLate = await open.Arrive(open.TcpBack(TcpFlags.Ack, 5001, 1001), Short);
        return new(
            halfOpen is null && afterClose is null && idle is not null && tooLate is null,
            $"opening {Scaled.TcpOpening} s, open {Scaled.TcpEstablished} s, closed {Scaled.TcpClosing} s; after "
                + $"{Scaled.TcpOpening + Scaled.Margin} s: half open "
            + $"{Alive(halfOpen)}, closed {Alive(afterClose)}, open {Alive(idle)}; open and idle too long {Alive(tooLate)}");
    }

    private static async Task<Evidence> NoOverloading(Laboratory lab)
    {
        using var listener = Listen(lab.Internet, new IPEndPoint(Laboratory.Far, 0));
        var remote = (IPEndPoint)listener.LocalEndPoint!;
        using var first = lab.Client.OpenTcp(AddressFamily.InterNetwork);
        using var second = lab.Client.OpenTcp(AddressFamily.InterNetwork);
        using var third = lab.Client.OpenTcp(AddressFamily.InterNetwork);
        await Connect(first, remote);
        await Connect(second, remote);
        var refusal = await Record(() => Connect(third, remote));
        using var one = await listener.AcceptAsync();
        using var two = await listener.AcceptAsync();
        return new(
            !Equals(one.RemoteEndPoint, two.RemoteEndPoint) && refusal?.SocketErrorCode == SocketError.HostUnreachable,
            $"two connections from {one.RemoteEndPoint} and {two.RemoteEndPoint}; the third: "
                + $"{refusal?.SocketErrorCode.ToString() ?? "not refused"}");
    }

    private static async Task<Evidence> Hairpin(Laboratory lab)
    {
        using var far = Listen(lab.Internet, new IPEndPoint(Laboratory.Far, 0));
        var port = Laboratory.FreshPort();
        using var outward = Bound(lab.Clients[1], port);
        await Connect(outward, (IPEndPoint)far.LocalEndPoint!);
        using var seenOfB = await far.AcceptAsync();
        using var listener = Listen(lab.Clients[1], new IPEndPoint(IPAddress.Any, port));
        using var caller = Bound(lab.Clients[0], port);
        await Connect(caller, (IPEndPoint)seenOfB.RemoteEndPoint!);
        using var called = await listener.AcceptAsync();
        await caller.SendAsync("hairpin"u8.ToArray());
        var length = await called.ReceiveAsync(new byte[100]);
        var shown = (IPEndPoint)called.RemoteEndPoint!;
        return new(
            length == 7 && lab.IsOuter(shown.Address),
            $"A connected to {seenOfB.RemoteEndPoint}; B saw {shown} and {length} bytes");
    }

    private static async Task<Evidence> ErrorsEndAttempts(Laboratory lab)
    {
        const int Forbidden = 4242;
        lab.Internet.Run("nft", $"add rule ip lab in tcp dport {Forbidden} reject with icmp type host-prohibited");
        using var socket = lab.Client.OpenTcp(AddressFamily.InterNetwork);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var failure = await Record(() => Connect(socket, new IPEndPoint(Laboratory.Far, Forbidden)));
        return new(
            failure?.SocketErrorCode == SocketError.HostUnreachable && clock.Elapsed < TimeSpan.FromSeconds(1),
            $"a firewall's ICMP 3/10 in the internet: connect failed with {failure?.SocketErrorCode.ToString() ?? "nothing"} after "
                + $"{clock.ElapsedMilliseconds} ms");
    }

    private static async Task<Evidence> IcmpEndsNothing(Laboratory lab)
    {
        using var flow = new CraftedFlow(lab);
        if (!await flow.OpenTcp()) return new(false, "the connection did not open");
        var quoted = flow.Outside.Seen.Last(packet => packet.Protocol == SeenPacket.Tcp && packet.To.Equals(flow.Remote));
        (byte Type, byte Code)[] errors = [.. Enumerable.Range(0, 16).Select(code => ((byte)3, (byte)code)), (4, 0), (11, 0), (11, 1),
            (12, 0)];
        foreach (var (type, code) in errors) flow.Outside.Send(flow.ErrorBack(quoted, type, code, lastField: 1400));
        var outward = await flow.Leave(flow.Tcp(TcpFlags.Ack, 1001, 5001, "a"u8));
        var inward = await flow.Arrive(flow.TcpBack(TcpFlags.Ack, 5001, 1002, "b"u8));
        return new(
            outward is not null && inward is not null,
            $"after {errors.Length} errors of types 3, 4, 11 and 12: data out {Passed(outward)}, data in {Passed(inward)}");

        static string Passed(SeenPacket? packet) => packet is null ? "lost" : "passed";
    }

    internal static Socket Listen(NetworkNamespace host, IPEndPoint local)
    {
        var socket = Reusable(host);
        socket.Bind(local);
        socket.Listen();
        return socket;
    }

    internal static async Task Connect(Socket socket, IPEndPoint remote)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await socket.ConnectAsync(remote, limit.Token);
    }

    private static Socket Bound(NetworkNamespace host, int port)
    {
        var socket = Reusable(host);
        socket.Bind(new IPEndPoint(IPAddress.Any, port));
        return socket;
    }

    // One port for several connections and for a listener beside them. .NET's ReuseAddress sets SO_REUSEPORT, too.
    private static Socket Reusable(NetworkNamespace host)
    {
        var socket = host.OpenTcp(AddressFamily.InterNetwork);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        return socket;
    }

    private static async Task<SocketException?> Record(Func<Task> attempt)
    {
        try
        {
            await attempt();
            return null;
        }
        catch (SocketException failure)
        {
            return failure;
        }
    }

    private static string Alive(SeenPacket? packet) => packet is null ? "gone" : "alive";
}
