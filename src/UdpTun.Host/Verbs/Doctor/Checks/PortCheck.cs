using System.Net;
using System.Net.Sockets;
using UdpTun.Net.Flows;

namespace UdpTun.Host.Verbs.Doctor.Checks;

/// <summary>A server's port: ours, free, or somebody else's.</summary>
internal sealed class PortCheck : IDoctorCheck
{
    public string Name => "port";

    public Task<IReadOnlyList<Finding>> Look(Patient patient, CancellationToken stop) =>
        Task.FromResult<IReadOnlyList<Finding>>(patient.IsServer ? [Look(patient.Settings.Server.Listen, patient.IsRunning)] : []);

    private Finding Look(InetEndpoint listen, bool isRunning)
    {
        using var socket = new Socket(listen.Address.IsV4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.Bind(new IPEndPoint(listen.Address.ToIPAddress(), listen.Port));
        }
        catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return isRunning
                ? new Finding(Name, Verdict.Good, $"the server listens at UDP {listen}")
                : new Finding(Name, Verdict.Bad, $"UDP {listen} is taken by another program", "ss -ulpn shows which; choose another with udptun.server.listen");
        }
        catch (SocketException refused)
        {
            return new Finding(Name, Verdict.Bad, $"UDP {listen} cannot be had: {refused.Message}", "choose another with udptun.server.listen");
        }

        return isRunning
            ? new Finding(Name, Verdict.Bad, $"a server runs, but not at UDP {listen}", "name its settings with --config, --set or --listen")
            : new Finding(Name, Verdict.Good, $"UDP {listen} is free for a server; whether clients reach it, 'udptun doctor' tells on a client");
    }
}
