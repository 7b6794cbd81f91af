namespace UdpTun.Net.Nat;

/// <summary>The sessions that one client has; kept as long as it has any.</summary>
internal sealed class ClientShare
{
    public int Sessions { get; set; }

    /// <summary>Those that others began.</summary>
    public int SessionsFromOutside { get; set; }
}
