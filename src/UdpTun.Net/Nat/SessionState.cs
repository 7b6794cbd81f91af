namespace UdpTun.Net.Nat;

/// <summary>Where a session stands; decides its idle timeout for TCP.</summary>
public enum SessionState
{
    /// <summary>One side has not been heard, or for TCP, not both sides have acknowledged the other.</summary>
    Opening,

    /// <summary>Both sides have been heard.</summary>
    Established,

    /// <summary>TCP only: both sides have sent FIN, or one has sent RST and they have not both gone on since.</summary>
    Closing,

    /// <summary>The operator ended it; what still comes is refused.</summary>
    Killed,
}
