namespace UdpTun.Host.Verbs.Doctor.Checks;

/// <summary>What the roles need of the host: a privilege, the TUN driver, ip and nft.</summary>
internal sealed class ToolsCheck : IDoctorCheck
{
    public string Name => "host";

    public Task<IReadOnlyList<Finding>> Look(Patient patient, CancellationToken stop) =>
        Task.FromResult<IReadOnlyList<Finding>>([.. Findings(patient)]);

    private static IEnumerable<Finding> Findings(Patient patient)
    {
        yield return patient.Host.HasNetAdmin
            ? new Finding("privilege", Verdict.Good, "may change the network (CAP_NET_ADMIN)")
            : new Finding("privilege", Verdict.Warning, "may not change the network here (CAP_NET_ADMIN), and not look at all of it",
                "run as root, as the role itself must be");
        yield return File.Exists("/dev/net/tun")
            ? new Finding("TUN driver", Verdict.Good, "/dev/net/tun is there")
            : new Finding("TUN driver", Verdict.Bad, "/dev/net/tun is missing", "modprobe tun; in a container: --device /dev/net/tun");
        yield return Tool(patient, "ip", "iproute2");
        if (patient.Forwards) yield return Tool(patient, "nft", "nftables");
    }

    private static Finding Tool(Patient patient, string program, string package) => patient.Host.Has(program)
        ? new Finding(program, Verdict.Good, "is installed")
        : new Finding(program, Verdict.Bad, "is not installed", $"apt-get install {package}");
}
