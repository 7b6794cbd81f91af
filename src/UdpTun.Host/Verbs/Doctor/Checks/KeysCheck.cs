using UdpTun.Actors.Settings;

namespace UdpTun.Host.Verbs.Doctor.Checks;

/// <summary>What proves who is who. That keys are well-formed and hidden from others, the loading of the settings has seen already.</summary>
internal sealed class KeysCheck : IDoctorCheck
{
    public string Name => "keys";

    public Task<IReadOnlyList<Finding>> Look(Patient patient, CancellationToken stop) => Task.FromResult<IReadOnlyList<Finding>>(
    [
        patient.Settings.Transport == TransportKind.Plain
            ? new Finding(Name, Verdict.Warning, "the transport plain has none: whoever is on the path reads and changes the packets",
                "use it in a network that you trust")
            : new Finding(Name, Verdict.Good, $"the transport {patient.Settings.Transport.ToString().ToLowerInvariant()} has them, and only their owner may read them"),
    ]);
}
