using UdpTun.Actors.Settings;
using UdpTun.Net.Nat;

namespace UdpTun.Host.Verbs.Doctor.Checks;

/// <summary>What the internet sees of the NAT: from a server's exit, or tried with STUN servers.</summary>
internal sealed class NatClassCheck : IDoctorCheck
{
    public string Name => "NAT class";

    public async Task<IReadOnlyList<Finding>> Look(Patient patient, CancellationToken stop)
    {
        var findings = new List<Finding>();
        if (patient.IsServer) findings.Add(new Finding(Name, Verdict.Good, patient.NatClass ?? Expected(patient.Settings)));
        if (patient.StunServers.Count > 0) findings.Add(await Try(patient, stop));
        return findings;
    }

    private static string Expected(TunnelSettings settings) => settings.Server.Exit switch
    {
        ExitKind.Echo => "none: the exit echo lets nothing out",
        ExitKind.Masquerade => "a server would show endpoint-independent mapping and, by the kernel, address-and-port-dependent filtering",
        _ => $"a server would show endpoint-independent mapping; filtering UDP {Words(settings.Nat.Filtering.Udp)}, TCP {Words(settings.Nat.Filtering.Tcp)}",
    };

    private static string Words(Filtering filtering) => filtering switch
    {
        Filtering.EndpointIndependent => "endpoint-independent",
        Filtering.AddressDependent => "address-dependent",
        _ => "address-and-port-dependent",
    };

    private async Task<Finding> Try(Patient patient, CancellationToken stop)
    {
        using var test = new StunTest(patient.StunServers);
        var result = await test.Run(stop);
        return new Finding(Name, result.Verdict, result.Text, result.Remedy);
    }
}
