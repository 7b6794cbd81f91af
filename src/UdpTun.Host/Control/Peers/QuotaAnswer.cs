namespace UdpTun.Host.Control.Peers;

/// <summary>How it stands with a peer's quota.</summary>
/// <param name="Peer">Its name.</param>
/// <param name="Quota">Bytes that it may have carried.</param>
/// <param name="Used">Of them.</param>
/// <param name="Forgiven">What had been used until it was reset now; null: it was only asked for.</param>
internal sealed record QuotaAnswer(string Peer, long Quota, long Used, long? Forgiven) : Answer;
