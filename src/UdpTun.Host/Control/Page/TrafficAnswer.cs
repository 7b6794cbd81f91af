namespace UdpTun.Host.Control.Page;

/// <summary>How much has passed lately; the first of a stream tells of the last minutes, each further one of one second.</summary>
/// <param name="Samples">The oldest first.</param>
internal sealed record TrafficAnswer(IReadOnlyList<TrafficSample> Samples) : Answer;

/// <param name="At">When, in milliseconds since 1970.</param>
/// <param name="Up">Bytes a second from the clients towards the internet.</param>
/// <param name="Down">Bytes a second to the clients.</param>
/// <param name="Drops">Packets a second that went no further.</param>
internal readonly record struct TrafficSample(long At, double Up, double Down, double Drops);
