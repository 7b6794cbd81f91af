namespace UdpTun.Host.Verbs.Doctor;

/// <summary>Looks at one part of the host or of the way to the other end. Changes nothing.</summary>
internal interface IDoctorCheck
{
    /// <summary>What failures of the look itself are called.</summary>
    string Name { get; }

    Task<IReadOnlyList<Finding>> Look(Patient patient, CancellationToken stop);
}
