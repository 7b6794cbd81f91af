using System.Globalization;
using UdpTun.Actors.Settings;

namespace UdpTun.Host.Verbs.Doctor.Checks;

/// <summary>Kernel version, offload and the settings that a tunnel depends on.</summary>
internal sealed class KernelCheck : IDoctorCheck
{
    // Kernels from 7.0 on cut rows of datagrams wrongly (UDP_SEGMENT); 7.1.5 is the first that does not any more.
    private static readonly Version FirstFaulty = new(7, 0);
    private static readonly Version FirstRepaired = new(7, 1, 5);

    public string Name => "kernel";

    public Task<IReadOnlyList<Finding>> Look(Patient patient, CancellationToken stop) =>
        Task.FromResult<IReadOnlyList<Finding>>([.. Findings(patient)]);

    /// <summary>Whether the kernel has the fault in UDP_SEGMENT.</summary>
    internal static bool IsFaulty(string release) =>
        VersionOf(release) is { } version && version >= FirstFaulty && version < FirstRepaired;

    private static IEnumerable<Finding> Findings(Patient patient)
    {
        yield return LookAtOffload(patient);
        yield return LookAtBuffer(patient, "receive", "rmem_max", patient.Settings.Udp.ReceiveBuffer);
        yield return LookAtBuffer(patient, "send", "wmem_max", patient.Settings.Udp.SendBuffer);
        if (!patient.Forwards) yield break;
        yield return LookAtForwarding(patient);
        if (LookAtConnections(patient) is { } connections) yield return connections;
        foreach (var finding in LookAtPorts(patient)) yield return finding;
    }

    private static Finding LookAtOffload(Patient patient)
    {
        var release = patient.Host.KernelRelease;
        if (!patient.Settings.Udp.Offload) return new Finding("offload", Verdict.Good, $"of the socket is switched off (kernel {release})");
        if (IsFaulty(release))
        {
            return new Finding("offload", Verdict.Bad, $"kernel {release} cuts rows of datagrams wrongly (7.0 to 7.1.4 do)",
                "a kernel from 7.1.5 on, or --set udptun.udp.offload=off");
        }

        var (cuts, joins) = patient.Host.UdpOffload;
        return cuts && joins
            ? new Finding("offload", Verdict.Good, $"kernel {release} cuts and joins datagrams (UDP_SEGMENT, UDP_GRO)")
            : new Finding("offload", Verdict.Warning, $"kernel {release} does not {(cuts ? "join" : "cut")} datagrams: the tunnel is slower",
                "a kernel from 5.0 on");
    }

    private static Finding LookAtBuffer(Patient patient, string which, string key, int wanted)
    {
        var most = Number(patient.Host.Setting($"net/core/{key}"));
        var check = $"{which} buffer";
        if (most is null) return new Finding(check, Verdict.Skipped, $"this network namespace does not show net.core.{key}");
        if (most >= wanted) return new Finding(check, Verdict.Good, $"{wanted} bytes fit net.core.{key}");
        return patient.Host.HasNetAdmin
            ? new Finding(check, Verdict.Good, $"{wanted} bytes are above net.core.{key} ({most}), which root may exceed")
            : new Finding(check, Verdict.Warning, $"net.core.{key} is {most}, less than the {wanted} bytes that are asked for",
                $"sysctl -w net.core.{key}={wanted}, or run as root");
    }

    private static Finding LookAtForwarding(Patient patient)
    {
        var isOn = patient.Host.Setting("net/ipv4/ip_forward") == "1";
        return (isOn, patient.IsRunning) switch
        {
            (true, _) => new Finding("forwarding", Verdict.Good, "net.ipv4.ip_forward is 1"),
            (false, true) => new Finding("forwarding", Verdict.Bad, "net.ipv4.ip_forward is 0 although a server runs: somebody has switched it off since",
                "sysctl -w net.ipv4.ip_forward=1"),
            _ => new Finding("forwarding", Verdict.Good, "net.ipv4.ip_forward is 0; a server switches it on while it runs"),
        };
    }

    private static Finding? LookAtConnections(Patient patient)
    {
        const string Check = "conntrack";
        var (count, most) = (Number(patient.Host.Setting("net/netfilter/nf_conntrack_count")), Number(patient.Host.Setting("net/netfilter/nf_conntrack_max")));
        if (patient.Settings.Server.Exit == ExitKind.Routed) return null; // our flows are not tracked
        if (count is null || most is null)
            return new Finding(Check, Verdict.Skipped, "the kernel tracks no connections yet; a server makes it do so");
        if (count > most * 8 / 10)
        {
            return new Finding(Check, Verdict.Bad, $"{count} of {most} connections are tracked: new flows are about to be dropped",
                $"sysctl -w net.netfilter.nf_conntrack_max={most * 4}");
        }

        var udp = Number(patient.Host.Setting("net/netfilter/nf_conntrack_udp_timeout_stream"));
        var text = $"{count} of {most} connections are tracked; UDP streams are kept {udp} s, and ours as long as our own sessions";
        return new Finding(Check, Verdict.Good, text);
    }

    private static IEnumerable<Finding> LookAtPorts(Patient patient)
    {
        const string Check = "NAT ports";
        var ports = patient.Settings.Nat.Ports;
        if (patient.Settings.Server.Exit != ExitKind.PortRange) yield break;
        if (patient.Host.ListenersIn(ports) is { } listeners) yield return new Finding(Check, Verdict.Warning, listeners, "as it says");
        if (!patient.IsRunning)
            yield return new Finding(Check, Verdict.Good, $"{ports}; a server reserves them while it runs (net.ipv4.ip_local_reserved_ports)");
        else if (patient.Host.AreReserved(ports))
            yield return new Finding(Check, Verdict.Good, $"{ports} are reserved (net.ipv4.ip_local_reserved_ports)");
        else
            yield return new Finding(Check, Verdict.Warning, $"{ports} are not all reserved: the host's own sockets may get some of them",
                "restart the server; in a container set net.ipv4.ip_local_reserved_ports from outside");
    }

    private static Version? VersionOf(string release)
    {
        var numbers = new string([.. release.TakeWhile(c => char.IsAsciiDigit(c) || c == '.')]).TrimEnd('.');
        return Version.TryParse(numbers, out var version) ? version : null;
    }

    private static long? Number(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
