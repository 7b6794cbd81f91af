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

return await NamespaceProgram.Run(async stop =>
{
    var results = await new Tournament(options, Console.Error).Play(contenders, stop);
    Console.Out.Write(options.Json ? JsonReport.Write(results) : TextReport.Write(results));
    if (options.Output is { } folder) Console.Error.WriteLine(ReportFiles.Write(results, folder));
    return results.Missing.Count > 0 && options.Only.Count > 0 ? 1 : 0;
});
