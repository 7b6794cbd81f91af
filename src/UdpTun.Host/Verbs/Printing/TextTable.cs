using Spectre.Console;
using UdpTun.Host.Cli;

namespace UdpTun.Host.Verbs.Printing;

/// <summary>
/// Rows for people: with lines on a terminal that is wide enough, else as plain columns that grep, sort and awk understand.
/// </summary>
/// <param name="header">The columns' names in capitals, as ps has them; one that begins with &gt; is set to the right.</param>
internal sealed class TextTable(params string[] header)
{
    private const char ToTheRight = '>';

    private readonly List<string[]> _rows = [];

    internal void Add(params string[] cells) => _rows.Add(cells);

    internal void Write(Terminal terminal)
    {
        var console = terminal.IsInteractive ? Consoles.Of(terminal) : null;
        // In too little room the library leaves of the whole table nothing but '…'. Plain lines wrap.
        if (console?.Profile.Width >= WidthWithLines) console.Write(ToSpectre());
        else WritePlain(terminal.Output);
    }

    /// <summary>The table for a terminal.</summary>
    internal Table ToSpectre()
    {
        var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey);
        foreach (var (name, isRight) in Columns)
        {
            var column = new TableColumn(new Markup($"[bold]{Markup.Escape(name)}[/]")).NoWrap();
            table.AddColumn(isRight ? column.RightAligned() : column);
        }

        foreach (var row in _rows) table.AddRow([.. row.Select(cell => new Text(cell))]);
        return table;
    }

    private IReadOnlyList<(string Name, bool IsRight)> Columns { get; } =
        [.. header.Select(name => (name.TrimStart(ToTheRight), name.StartsWith(ToTheRight)))];

    /// <summary>A line and two spaces beside each cell, and a line at the end.</summary>
    private int WidthWithLines => Widths().Sum(width => width + 3) + 1;

    private int[] Widths() => [.. Columns.Select((column, at) => _rows.Select(row => row[at].Length).Append(column.Name.Length).Max())];

    private void WritePlain(TextWriter output)
    {
        string[][] all = [[.. Columns.Select(column => column.Name)], .. _rows];
        var widths = Widths();
        foreach (var row in all)
        {
            var cells = row.Select((cell, column) => Columns[column].IsRight ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]));
            output.WriteLine(string.Join("  ", cells).TrimEnd());
        }
    }
}
