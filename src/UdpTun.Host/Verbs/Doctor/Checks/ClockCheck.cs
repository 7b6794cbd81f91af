namespace UdpTun.Host.Verbs.Doctor.Checks;

/// <summary>
/// The clock: a secure handshake bears a time that only may go forward, and the NAT's journal answers for a time that others tell.
/// </summary>
internal sealed class ClockCheck : IDoctorCheck
{
    private static readonly DateTimeOffset Built = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public string Name => "clock";

    public Task<IReadOnlyList<Finding>> Look(Patient patient, CancellationToken stop) =>
        Task.FromResult<IReadOnlyList<Finding>>([Look(patient.Host.IsClockSynchronized, DateTimeOffset.UtcNow)]);

    internal static Finding Look(bool? isSynchronized, DateTimeOffset now)
    {
        const string Remedy = "install chrony or systemd-timesyncd, and look at timedatectl";
        if (now < Built)
            return new Finding("clock", Verdict.Bad, $"stands at {now:yyyy-MM-dd HH:mm}, before this program was made: a secure server would refuse this client", Remedy);
        return isSynchronized switch
        {
            true => new Finding("clock", Verdict.Good, "is kept right"),
            false => new Finding("clock", Verdict.Warning, $"is not synchronized (it stands at {now:yyyy-MM-dd HH:mm:ss} UTC)", Remedy),
            _ => new Finding("clock", Verdict.Skipped, "the kernel does not tell whether it is kept right"),
        };
    }
}
