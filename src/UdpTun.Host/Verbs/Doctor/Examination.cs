using UdpTun.Host.Verbs.Doctor.Checks;
using UdpTun.Net.Io;

namespace UdpTun.Host.Verbs.Doctor;

/// <summary>All checks, one after the other. A check that cannot look says so and keeps no other from looking.</summary>
internal static class Examination
{
    private static readonly IDoctorCheck[] Checks =
    [
        new ToolsCheck(), new KeysCheck(), new ClockCheck(), new KernelCheck(), new FirewallCheck(), new PortCheck(), new PathCheck(), new NatClassCheck(),
    ];

    internal static async Task<IReadOnlyList<Finding>> Run(Patient patient, CancellationToken stop)
    {
        var findings = new List<Finding>();
        foreach (var check in Checks)
        {
            try
            {
                findings.AddRange(await check.Look(patient, stop));
            }
            catch (DeviceUnavailableException unavailable)
            {
                findings.Add(new Finding(check.Name, Verdict.Skipped, $"could not be looked at: {unavailable.Message}"));
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or System.Net.Sockets.SocketException)
            {
                findings.Add(new Finding(check.Name, Verdict.Skipped, $"could not be looked at: {failure.Message.TrimEnd('.')}"));
            }
        }

        return findings;
    }
}
