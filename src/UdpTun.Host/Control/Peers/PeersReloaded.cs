namespace UdpTun.Host.Control.Peers;

/// <summary>What a reload of the peers' files came to.</summary>
/// <param name="Count">Peers now.</param>
/// <param name="Added">Those that were not there before.</param>
/// <param name="Changed">Those whose file says something else; their flows go on.</param>
/// <param name="Removed">Those that are gone.</param>
internal sealed record PeersReloaded(int Count, int Added, int Changed, int Removed) : Answer;
