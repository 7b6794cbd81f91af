namespace UdpTun.Net.Nat.Finding;

/// <summary>Which sessions come first.</summary>
public enum SessionOrder
{
    /// <summary>Those opened last.</summary>
    Newest,

    /// <summary>Those that have carried the most bytes.</summary>
    Bytes,

    /// <summary>Those that have carried the most bytes since the sample before; see <see cref="SessionRates"/>.</summary>
    Rate,

    /// <summary>Those that have been silent for longest.</summary>
    Idle,
}
