using UdpTun.Actors.Settings;
using UdpTun.Host.Configuration;

namespace UdpTun.Host.Verbs.Doctor.Checks;

/// <summary>What proves who is who: that there are keys, well-formed, and hidden from others.</summary>
internal sealed class KeysCheck : IDoctorCheck
{
    public string Name => "keys";

    public Task<IReadOnlyList<Finding>> Look(Patient patient, CancellationToken stop) => Task.FromResult<IReadOnlyList<Finding>>([Look(patient)]);

    private Finding Look(Patient patient)
    {
        if (patient.Transport == TransportKind.Plain)
        {
            return new Finding(Name, Verdict.Warning, "the transport plain has none: whoever is on the path reads and changes the packets",
                "use it in a network that you trust, or leave out --transport plain");
        }

        if (patient.IsRunning && !patient.IsServer) return new Finding(Name, Verdict.Good, "the client that runs here has what it was started with");
        try
        {
            patient.Secure.Check(patient.Role);
            return patient.IsServer ? OfServer(patient) : new Finding(Name, Verdict.Good, "are there, and only their owner may read them");
        }
        catch (ConfigurationException wrong)
        {
            return new Finding(Name, Verdict.Bad, wrong.Message);
        }
    }

    private Finding OfServer(Patient patient) => patient.Secure.Peers.Names().Count switch
    {
        0 => new Finding(Name, Verdict.Warning, "no peer is known: nobody is let in", "udptun peer add NAME"),
        1 => new Finding(Name, Verdict.Good, "1 peer is known, and only their owner may read secrets"),
        var count => new Finding(Name, Verdict.Good, $"{count} peers are known, and only their owner may read secrets"),
    };
}
