namespace UdpTun.Net.Nat;

/// <summary>Why a session has left the table.</summary>
public enum SessionEnd
{
    /// <summary>Nothing has come for its time-out.</summary>
    Idle,

    /// <summary>TCP only: both ends were done with it, and the time for what comes late is over.</summary>
    Finished,

    /// <summary>The operator ended it, and nobody has tried to go on with it for a minute.</summary>
    Killed,

    /// <summary>Its mapping had to make room: the outer endpoint leads to another client now.</summary>
    MappingGivenUp,

    /// <summary>Its actor failed again and again.</summary>
    ActorFailed,

    /// <summary>Its client is none of ours any more.</summary>
    ClientGone,
}
