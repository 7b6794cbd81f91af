using System.CommandLine;
using UdpTun.Host.Cli;
using UdpTun.Host.Secure;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Host.Verbs.Keys;

/// <summary><c>udptun keygen</c> and <c>udptun genpsk</c>: a new private or preshared key.</summary>
internal sealed class KeygenVerb : IVerb
{
    private readonly string _name;
    private readonly string _help;
    private readonly bool _isPrivate;

    private KeygenVerb(string name, string help, bool isPrivate) => (_name, _help, _isPrivate) = (name, help, isPrivate);

    internal static KeygenVerb Private() => new(
        "keygen", "Make a private key: print it, or write it to FILE (mode 0600) and print its public key", isPrivate: true);

    internal static KeygenVerb Preshared() => new(
        "genpsk", "Make a preshared key, the same for both ends of one peer: print it, or write it to FILE (mode 0600)", isPrivate: false);

    public Command Describe(Terminal terminal)
    {
        var output = new Option<string?>("--output") { HelpName = "FILE", Description = "A new file; one that is there is not written over" };
        return new Command(_name, _help) { output }.OnRun(parsed => Make(parsed.GetValue(output), terminal.Output));
    }

    private ExitCode Make(string? file, TextWriter output)
    {
        using var key = _isPrivate ? SecretKey.GeneratePrivate() : SecretKey.GeneratePreshared();
        if (file is null)
        {
            output.WriteLine(key.Reveal());
            return ExitCode.Success;
        }

        SecretFile.Create(file, $"{key.Reveal()}\n");
        if (_isPrivate) output.WriteLine(key.ToPublic());
        return ExitCode.Success;
    }
}
