using System.CommandLine;
using UdpTun.Host.Cli;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Host.Verbs.Keys;

/// <summary><c>udptun pubkey</c>: from a private key on standard input (a command line is everybody's to read) to its public key.</summary>
internal sealed class PubkeyVerb : IVerb
{
    public Command Describe(Terminal terminal) =>
        new Command("pubkey", "Read a private key from standard input and print its public key: udptun pubkey < private.key")
            .OnRun(_ => Print(terminal));

    private static ExitCode Print(Terminal terminal)
    {
        if (!SecretKey.TryParse(terminal.Input.ReadToEnd().Trim(), out var key))
            throw new VerbException(ExitCode.Failure, "standard input holds no private key, which is 44 characters of base64 (udptun keygen makes one)");
        using (key) terminal.Output.WriteLine(key.ToPublic());
        return ExitCode.Success;
    }
}
