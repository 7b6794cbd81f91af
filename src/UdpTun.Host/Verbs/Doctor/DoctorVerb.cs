using System.CommandLine;
using System.Text.Json;
using UdpTun.Actors.Settings;
using UdpTun.Host.Cli;
using UdpTun.Host.Configuration;
using UdpTun.Host.Control;
using UdpTun.Host.Control.Client;
using UdpTun.Host.Control.Status;
using UdpTun.Linux.HostSetup.Inspection;
using UdpTun.Net.Flows;

namespace UdpTun.Host.Verbs.Doctor;

/// <summary><c>udptun doctor [server|client]</c>: what is wrong with this host or the way to the other end, with the remedy for each.</summary>
internal sealed class DoctorVerb(RootOptions roles) : IVerb
{
    private const ushort StunPort = 3478;

    private readonly Argument<string?> _role = new("ROLE")
    {
        Arity = ArgumentArity.ZeroOrOne,
        Description = "server or client; left out: the one that runs here, or client where a server is named, or server",
    };

    private readonly Option<string?> _gateway = new("--gateway")
    {
        HelpName = "ADDRESS",
        Description = "client: the server's address inside the tunnel, if it is not 192.168.61.1",
    };

    private readonly Option<string[]> _stun = new("--stun")
    {
        HelpName = "ADDRESS[:PORT]",
        Description = "A STUN server that tells what NATs make of this host; twice where one has no second address",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print JSON for programs instead of lines for people" };

    public Command Describe(Terminal terminal)
    {
        var command = new Command("doctor", "Look for what is wrong with this host and the way to the other end (exit code 1 if something is)")
        {
            _role, _gateway, _stun, _json,
        };
        foreach (var option in roles.Of(Role.Server).Union(roles.Of(Role.Client))) command.Add(option);
        return command.OnRun((parsed, stop) => Run(parsed, terminal, stop));
    }

    private async Task<ExitCode> Run(ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        var patient = await Find(parsed, terminal, stop);
        var findings = await Examination.Run(patient, stop);
        var answer = new DoctorAnswer(patient.Role.ToString().ToLowerInvariant(), patient.IsRunning, findings);
        if (parsed.GetValue(_json)) terminal.Output.WriteLine(JsonSerializer.Serialize(answer, ControlJson.Default.DoctorAnswer));
        else new DoctorText(answer).Write(terminal.Output);
        return findings.Any(finding => finding.Verdict == Verdict.Bad) ? ExitCode.Failure : ExitCode.Success;
    }

    private async Task<Patient> Find(ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        var (files, overrides) = roles.ReadLayers(parsed);
        // In two steps: which role it is may itself depend on the settings, and its options on the role.
        var settings = new HoconLoader().Load(role: null, files, overrides, terminal.Environment).Settings;
        var running = await Running(parsed.GetValue<string[]?>("--state-directory") is [var directory] ? directory : settings.StateDirectory, stop);
        var named = ReadRole(parsed);
        var role = named
            ?? (running.Count > 0 ? Enum.Parse<Role>(running[0].Role, ignoreCase: true)
            : settings.Client.Server is not null || parsed.GetResult("--server") is not null ? Role.Client : Role.Server);
        var options = roles.Read(parsed, role);
        var loaded = new HoconLoader().Load(options, terminal.Environment);
        settings = loaded.Settings;
        var same = running.FirstOrDefault(status => status.Role == role.ToString().ToLowerInvariant());
        return new Patient(role, settings, new HostInspection())
        {
            Secure = loaded.Secure,
            Transport = Enum.TryParse<TransportKind>(same?.Transport, ignoreCase: true, out var transport) ? transport : settings.Transport,
            IsRunning = same is not null,
            ServerOfRunning = same?.Server is { } server ? ServerEndpoint.Parse(server) : null,
            NoSession = same?.NoSession,
            NatClass = same?.NatClass,
            Gateway = ReadGateway(parsed),
            StunServers = ReadStunServers(parsed),
        };
    }

    private static async Task<IReadOnlyList<StatusAnswer>> Running(string stateDirectory, CancellationToken stop)
    {
        try
        {
            var answers = new List<StatusAnswer>();
            foreach (var client in await new InstanceFinder(stateDirectory).All(stop))
            {
                using (client)
                {
                    if (!client.Place.IsHere) continue;
                    var status = await client.Get("/status", ControlJson.Default.StatusAnswer, stop);
                    if (status.Role is "server" or "client") answers.Add(status);
                }
            }

            return answers;
        }
        catch (VerbException)
        {
            return []; // none runs, or we may not ask: what there is to look at besides is still looked at
        }
    }

    private Role? ReadRole(ParseResult parsed) => parsed.GetValue(_role) switch
    {
        null => null,
        "server" => Role.Server,
        "client" => Role.Client,
        var other => throw new UsageException($"'{other}' is no role to examine: doctor takes server or client"),
    };

    private InetAddress ReadGateway(ParseResult parsed)
    {
        var text = parsed.GetValue(_gateway) ?? "192.168.61.1";
        return InetAddress.TryParse(text, out var gateway) && gateway.IsV4 ? gateway : throw new UsageException($"--gateway takes an IPv4 address, not '{text}'");
    }

    private IReadOnlyList<InetEndpoint> ReadStunServers(ParseResult parsed)
    {
        var servers = (parsed.GetValue(_stun) ?? []).Select(text =>
            InetEndpoint.TryParse(text, out var endpoint) ? endpoint
            : InetAddress.TryParse(text, out var address) ? new InetEndpoint(address, StunPort)
            : throw new UsageException($"--stun takes an address, with or without a port, not '{text}'")).ToList();
        if (servers.Count > 2 || servers.DistinctBy(server => server.Address.IsV4).Count() > 1)
            throw new UsageException("--stun takes one server, or two of one address family");
        return servers;
    }
}
