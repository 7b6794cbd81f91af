using UdpTun.Conformance;
using UdpTun.Conformance.Reports;
using UdpTun.Conformance.Rfcs;
using UdpTun.Conformance.Table;
using UdpTun.EndToEnd;

Options options;
try
{
    options = Options.Parse(args);
}
catch (ArgumentException wrong)
{
    Console.Error.WriteLine(wrong.Message);
    return 2;
}

var rows = RequirementTable.Rows.SelectMany(row => row.Exits.Select(exit => (row, exit))).Where(row => options.Wants(row.row, row.exit))
    .ToArray();
if (rows.Length == 0)
{
    Console.Error.WriteLine(
        $"no requirement has '{options.Filter}' in its name" + (options.Exit is { } only ? $" under {only.Name()}" : ""));
    return 2;
}

if (options.List)
{
    foreach (var (row, exit) in rows) Console.WriteLine($"{row.Id,-44} {exit.Name(),-11} {row.Meaning}");
    return 0;
}

var progress = new Progress(rows.Length, Console.Error);
return await NamespaceProgram.Run(async stop =>
{
    var results = await new TableRun(options.Jobs, progress.Tell).Run(rows, stop);
    Console.Out.Write(options.Report(results));
    return results.Any(result => result.Outcome == Outcome.Fail) ? 1 : 0;
});
