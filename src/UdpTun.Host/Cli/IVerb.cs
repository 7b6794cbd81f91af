using System.CommandLine;

namespace UdpTun.Host.Cli;

/// <summary>
/// A word of the command line that does something else than playing a role: <c>udptun VERB</c>. It starts no actor system and reads no
/// settings unless it asks for them itself.
/// </summary>
internal interface IVerb
{
    /// <summary>
    /// The verb with its help, arguments, options and sub-verbs, their actions set by <see cref="VerbActions"/>. Its options alone
    /// fit it: what else stands on the command line is refused before the action runs.
    /// </summary>
    Command Describe(Terminal terminal);
}
