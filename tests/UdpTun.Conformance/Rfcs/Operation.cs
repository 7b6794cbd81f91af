using System.Net;
using System.Text.RegularExpressions;
using UdpTun.Conformance.Lab;
using UdpTun.Conformance.Table;

namespace UdpTun.Conformance.Rfcs;

/// <summary>What no RFC asks and everybody who runs a NAT does.</summary>
internal static partial class Operation
{
    private const int Open = 8101;
    private const int Closed = 8102;
    private const int Filtered = 8103;

    internal static IEnumerable<Requirement> Rows { get; } =
    [
        new("Operation scan", "nmap tells open, closed and filtered ports through the tunnel as they are.", Scan),
        new("Operation restart", "Mappings and connections survive a restart of the server.", Restart) { Alone = true },
    ];

    private static Task<Evidence> Scan(Laboratory lab)
    {
        using var listener = Rfc5382.Listen(lab.Internet, new IPEndPoint(Laboratory.Far, Open));
        lab.Internet.Run("nft", $"add rule ip lab in tcp dport {Filtered} drop");
        var output = lab.Client.Try(
            "nmap", "-n", "-Pn", "-sS", "--max-retries", "2", "-p", $"{Open},{Closed},{Filtered}", $"{Laboratory.Far}").Output;
        var seen = PortState().Matches(output)
            .Select(match => string.Join(' ', match.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries))).ToArray();
        return Task.FromResult(new Evidence(
            seen.SequenceEqual([$"{Open}/tcp open", $"{Closed}/tcp closed", $"{Filtered}/tcp filtered"]),
                $"nmap -sS: {string.Join(", ", seen)}"));
    }

    private static async Task<Evidence> Restart(Laboratory lab)
    {
        using var listener = Rfc5382.Listen(lab.Internet, new IPEndPoint(Laboratory.Far, 0));
        using var connection = lab.Client.OpenTcp(System.Net.Sockets.AddressFamily.InterNetwork);
        await Rfc5382.Connect(connection, (IPEndPoint)listener.LocalEndPoint!);
        using var accepted = await listener.AcceptAsync();
        using var client = lab.ClientUdp(0);
        var before = lab.OuterOf(client);

        await lab.ServerProcess.Stop();
        await lab.StartServerAgain();

        var after = lab.OuterOf(client);
        await connection.SendAsync("still here"u8.ToArray());
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        var length = await accepted.ReceiveAsync(new byte[100], limit.Token);
        return new(
            before is not null && before.Equals(after) && length == 10,
            $"the same UDP socket is {before} before and {after?.ToString() ?? "nothing"} after; the TCP connection carried {length} "
                + "bytes more");
    }

    [GeneratedRegex(@"\d+/tcp +\w+")]
    private static partial Regex PortState();
}
