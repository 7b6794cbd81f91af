using UdpTun.Net.Flows;

namespace UdpTun.Host.Verbs.Doctor.Checks;

/// <summary>Other firewalls of a server that drop what it forwards.</summary>
internal sealed class FirewallCheck : IDoctorCheck
{
    public string Name => "firewalls";

    public Task<IReadOnlyList<Finding>> Look(Patient patient, CancellationToken stop)
    {
        if (!patient.Forwards || !patient.Host.Has("nft")) return Task.FromResult<IReadOnlyList<Finding>>([]);
        if (!patient.Host.HasNetAdmin)
            return Task.FromResult<IReadOnlyList<Finding>>([new Finding(Name, Verdict.Skipped, "only root may look at the firewall's rules", "run as root")]);
        var server = patient.Settings.Server;
        InetPrefix[] inside = server.Address6 is { } address6 ? [server.Address, address6] : [server.Address];
        var warnings = patient.Host.ForeignForwardPolicies(patient.Device, inside);
        return Task.FromResult<IReadOnlyList<Finding>>(warnings.Count == 0
            ? [new Finding(Name, Verdict.Good, "none drops what the server forwards")]
            : [.. warnings.Select(Split)]);
    }

    private Finding Split(string warning)
    {
        const string Remedy = " Remedy: ";
        var at = warning.IndexOf(Remedy, StringComparison.Ordinal);
        return at < 0 ? new Finding(Name, Verdict.Bad, warning) : new Finding(Name, Verdict.Bad, warning[..at], warning[(at + Remedy.Length)..]);
    }
}
