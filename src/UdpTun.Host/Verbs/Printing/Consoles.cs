using Spectre.Console;
using UdpTun.Host.Cli;

namespace UdpTun.Host.Verbs.Printing;

/// <summary>Spectre.Console on the terminal that a verb was started from.</summary>
internal static class Consoles
{
    internal static IAnsiConsole Of(Terminal terminal) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new AnsiConsoleOutput(terminal.Output),
        Ansi = terminal.HasColour ? AnsiSupport.Detect : AnsiSupport.No,
        ColorSystem = terminal.HasColour ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        Interactive = InteractionSupport.No,
    });
}
