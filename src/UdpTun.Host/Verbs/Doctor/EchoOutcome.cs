namespace UdpTun.Host.Verbs.Doctor;

/// <summary>What became of a probe.</summary>
internal enum EchoOutcome
{
    Answered,

    /// <summary>The host says that nobody listens at the port.</summary>
    Refused,

    /// <summary>Nothing came back, or it could not be sent whole.</summary>
    Silent,
}
