using UdpTun.Host.Cli;
using UdpTun.Host.Control.Status;
using UdpTun.Host.Verbs.Printing;

namespace UdpTun.Host.Verbs.Instances;

/// <summary>One instance's status for people: what it is, what has crossed its ends, whom it serves, what it dropped.</summary>
internal sealed class StatusText(StatusAnswer status)
{
    private const int LabelWidth = 10;

    internal void Write(Terminal terminal)
    {
        var output = terminal.Output;
        output.WriteLine($"{status.Instance}: {status.Role}, process {status.Pid}, up {Words.Time(status.UptimeSeconds)}, udptun {status.Version}");
        foreach (var (label, text) in Facts().Where(fact => fact.Text is not null))
            output.WriteLine($"  {label.PadRight(LabelWidth)} {text}");
        WriteTraffic(terminal);
        if (status.Peers.Count > 0) WritePeers(terminal);
        if (status.Drops.Count > 0) WriteDrops(terminal);
    }

    private IEnumerable<(string Label, string? Text)> Facts()
    {
        yield return ("transport", $"{status.Transport}{(status.Cipher is { } cipher ? $" ({cipher})" : "")}, packets of up to {status.Mtu} bytes");
        yield return ("server", status.NoSession is { Length: > 0 } reason ? $"{status.Server}, no session, {reason}" : status.Server);
        yield return ("exit", status.Exit is null ? null : status.ExternalAddresses is { Count: > 0 } known
            ? $"{status.Exit}, clients leave as {string.Join(" and ", known)}"
            : status.Exit);
        yield return ("NAT", status.NatClass);
        yield return ("page", status.Page is null ? null : $"{status.Page} (udptun page tells its token)");
        yield return ("sessions", status.Sessions is null ? null
            : $"{Words.Count(status.Sessions.Value)} on {Words.Some(status.Mappings ?? 0, "mapping")}, {Words.Some(status.PeerCount ?? 0, "client")}");
        yield return ("shards", status.Shards.Count <= 1 ? null
            : $"{status.Shards.Count}: sessions {string.Join(" + ", status.Shards.Select(shard => shard.Sessions))}, "
                + $"handed over {Words.Some(status.Shards.Sum(shard => shard.HandedOver.Packets), "packet")}");
        foreach (var device in status.Devices) yield return ("device", $"{device.Name}: {device.Offload ?? "not open"}");
    }

    private void WriteTraffic(Terminal terminal)
    {
        var table = new TextTable("END", ">PACKETS", ">BYTES");
        foreach (var (name, traffic) in new[]
        {
            ("TUN in", status.TunIn), ("TUN out", status.TunOut), ("UDP in", status.UdpIn), ("UDP out", status.UdpOut),
        })
        {
            table.Add(name, Words.Count(traffic.Packets), Words.Bytes(traffic.Bytes));
        }

        table.Write(terminal);
    }

    private void WritePeers(Terminal terminal)
    {
        string[] cipher = status.Transport == "secure" ? ["CIPHER"] : [];
        var table = new TextTable(["PEER", ">SESSIONS", ">IDLE", ">RECEIVED", ">SENT", .. cipher]);
        foreach (var peer in status.Peers)
        {
            table.Add([
                peer.Name, Words.Count(peer.Sessions), peer.IdleSeconds is { } idle ? Words.Time(idle) : "-", Words.Bytes(peer.Received.Bytes), Words.Bytes(peer.Sent.Bytes),
                .. cipher.Select(_ => peer.Cipher ?? "-")]);
        }

        table.Write(terminal);
        if (status.PeerCount > status.Peers.Count) terminal.Output.WriteLine($"and {status.PeerCount - status.Peers.Count} more");
    }

    private void WriteDrops(Terminal terminal)
    {
        var table = new TextTable("DROPPED FOR", ">PACKETS");
        foreach (var (reason, packets) in status.Drops.OrderByDescending(drop => drop.Value)) table.Add(reason, Words.Count(packets));
        table.Write(terminal);
    }
}
