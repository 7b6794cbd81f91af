namespace UdpTun.Conformance.Table;

internal enum Outcome
{
    Pass,
    Fail,

    /// <summary>The kernel's masquerade stands in the way, as the row says; another exit has the requirement.</summary>
    Impossible,
}

/// <summary>What came of one requirement under one exit.</summary>
internal sealed record RowResult(Requirement Requirement, Exit Exit, Outcome Outcome, string Evidence);
