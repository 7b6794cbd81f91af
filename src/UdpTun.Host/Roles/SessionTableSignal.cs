using System.Runtime.InteropServices;
using Akka.Actor;
using UdpTun.Actors.Messages;

namespace UdpTun.Host.Roles;

/// <summary>Prints the table of NAT sessions whenever the process gets SIGUSR1; an empty one while there is no tunnel.</summary>
internal sealed class SessionTableSignal : IDisposable
{
    private const PosixSignal SigUsr1 = (PosixSignal)10; // signal(7), x86 and ARM
    private const int MaxSessions = 1000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly SessionsReport None = new([], 0, 0, []);

    private readonly TextWriter _output;
    private readonly PosixSignalRegistration _registration;

    public SessionTableSignal(TextWriter output)
    {
        _output = output;
        _registration = PosixSignalRegistration.Create(SigUsr1, OnSignal);
    }

    /// <summary>Who knows the sessions; null: there is no tunnel yet.</summary>
    public IActorRef? Guardian { get; set; }

    public void Dispose() => _registration.Dispose();

    private void OnSignal(PosixSignalContext signal)
    {
        signal.Cancel = true;
        _ = PrintAsync();
    }

    private async Task PrintAsync()
    {
        try
        {
            var report = Guardian is { } guardian ? await guardian.Ask<SessionsReport>(new GetSessions(MaxSessions), Patience) : None;
            _output.Write(SessionTable.Of(report));
            _output.Flush();
        }
        catch (AskTimeoutException)
        {
            _output.WriteLine("the NAT did not answer within 5 seconds");
        }
    }
}
