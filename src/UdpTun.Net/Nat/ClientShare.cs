namespace UdpTun.Net.Nat;

/// <summary>What one client has of the table; kept as long as it has anything.</summary>
internal sealed class ClientShare
{
    public int Sessions { get; set; }

    /// <summary>Those of the sessions that the internet began.</summary>
    public int SessionsFromOutside { get; set; }

    public int Mappings { get; set; }
}
