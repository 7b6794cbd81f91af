namespace UdpTun.Net.Nat;

/// <summary>Where a session stands; decides its idle timeout for TCP.</summary>
public enum SessionState
{
    /// <summary>The far side has not answered, or for TCP, not both sides have acknowledged the other.</summary>
    Opening,

    /// <summary>Both sides have been heard.</summary>
    Established,

    /// <summary>TCP only: both sides have sent FIN, or one has sent RST.</summary>
    Closing,
}
