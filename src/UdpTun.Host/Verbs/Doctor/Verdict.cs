namespace UdpTun.Host.Verbs.Doctor;

/// <summary>How grave a finding is.</summary>
internal enum Verdict
{
    /// <summary>As it should be.</summary>
    Good,

    /// <summary>Could not be looked at, and why.</summary>
    Skipped,

    /// <summary>Works, but not as well as it could, or not always.</summary>
    Warning,

    /// <summary>The tunnel does not work so.</summary>
    Bad,
}
