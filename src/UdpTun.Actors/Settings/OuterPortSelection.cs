namespace UdpTun.Actors.Settings;

/// <summary>How the NAT chooses the outer port or echo id of a new mapping.</summary>
public enum OuterPortSelection
{
    /// <summary>The inner port where it lies in the range and is free (RFC 4787 section 4.2.1), else any free one.</summary>
    Preserve,

    /// <summary>Any free one of the range, unpredictably (RFC 6056 section 3.3.1).</summary>
    Random,
}
