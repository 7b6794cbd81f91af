using System.Runtime.InteropServices;
using UdpTun.Comparison;
using UdpTun.Comparison.Contenders;
using UdpTun.Comparison.Reports;
using UdpTun.EndToEnd;

if (args.Contains("--help"))
{
    Console.WriteLine(Options.Usage);
    return 0;
}

Options options;
IReadOnlyList<Contender> contenders;
try
{
    options = Options.Parse(args);
    contenders = Field.Of(options);
}
catch (ArgumentException wrong)
{
    Console.Error.WriteLine(wrong.Message);
    return 2;
}

if (NamespaceSupport.Obstacle is { } obstacle)
{
    Console.Error.WriteLine(obstacle);
    return 4;
}

// The namespaces go before we do: a second Ctrl+C would only be in a hurry.
using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Halt);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Halt);
try
{
    var results = await new Tournament(options, Console.Error).Play(contenders, stop.Token);
    Console.Out.Write(options.Json ? JsonReport.Write(results) : TextReport.Write(results));
    if (options.Output is { } folder) Console.Error.WriteLine(ReportFiles.Write(results, folder));
    return results.Missing.Count > 0 && options.Only.Count > 0 ? 1 : 0;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("stopped; nothing is left behind");
    return 130;
}

void Halt(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}
