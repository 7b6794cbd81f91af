namespace UdpTun.Transport.Conf;

/// <summary>A tunnel as wg-quick(8) has it in a file: one interface and its peers.</summary>
public sealed record QuickConf(ConfInterface Interface, IReadOnlyList<ConfPeer> Peers);
