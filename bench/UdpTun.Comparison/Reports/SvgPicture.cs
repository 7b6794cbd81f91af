using System.Globalization;
using System.Text;
using System.Xml.Linq;
using UdpTun.Comparison.Contenders;
using UdpTun.Comparison.Measures;

namespace UdpTun.Comparison.Reports;

/// <summary>Bars, one panel a measure, one bar a contender; readable on a light and on a dark page.</summary>
internal static class SvgPicture
{
    private const int Width = 940;
    private const int PanelWidth = 450;
    private const int Row = 20;
    private const int Names = 110;
    private const int Bars = 260;
    private const int Top = 40;

    private static readonly XNamespace s_svg = "http://www.w3.org/2000/svg";

    private static readonly Measure[] s_panels =
        [Measure.TcpUp, Measure.TcpDown, Measure.TcpUp4, Measure.TcpDown4, Measure.SmallUdp, Measure.RttIdle, Measure.RttLoaded, Measure.Cpu];

    public static string Write(Results results)
    {
        var contenders = results.Contenders.ToArray();
        var panelHeight = (contenders.Length * Row) + 50;
        var picture = new XElement(
            s_svg + "svg", new XAttribute("viewBox", $"0 0 {Width} {Top + (panelHeight * ((s_panels.Length + 1) / 2))}"),
            new XAttribute("font-family", "sans-serif"), new XAttribute("font-size", "12"),
            new XElement(s_svg + "title", "UdpTun beside other tunnels"),
            new XElement(s_svg + "style", Style()),
            Text("heading", 10, 24, $"UdpTun beside other tunnels, {results.Basis}, {results.Date:yyyy-MM-dd}"));
        for (var i = 0; i < s_panels.Length; i++)
            picture.Add(Panel(results, contenders, s_panels[i], 10 + (i % 2 * (PanelWidth + 20)), Top + (i / 2 * panelHeight)));
        return picture + "\n";
    }

    private static XElement Panel(Results results, Contender[] contenders, Measure measure, int left, int top)
    {
        var most = contenders.Max(contender => results.Median(contender, measure)) ?? 0;
        var better = measure.MoreIsBetter ? "longer is better" : "shorter is better";
        var panel = new XElement(s_svg + "g", Text("title", left, top + 16, $"{measure.Title}, {measure.Unit} ({better})"));
        for (var i = 0; i < contenders.Length; i++)
        {
            var y = top + 26 + (i * Row);
            panel.Add(Text("name", left, y + 13, contenders[i].Name));
            if (results.Median(contenders[i], measure) is not { } value)
            {
                panel.Add(Text("none", left + Names, y + 13, "in the kernel"));
                continue;
            }

            var length = most > 0 ? Math.Max(1, value / most * Bars) : 1;
            panel.Add(
                new XElement(
                    s_svg + "rect", new XAttribute("class", contenders[i].Kind.ToString().ToLowerInvariant()), new XAttribute("x", left + Names),
                    new XAttribute("y", y + 2), new XAttribute("width", length.ToString("F1", CultureInfo.InvariantCulture)),
                    new XAttribute("height", Row - 5), new XAttribute("rx", 2)),
                Text("value", left + Names + (int)length + 6, y + 13, Tables.Number(value)));
        }

        return panel;
    }

    private static XElement Text(string kind, int x, int y, string text) =>
        new(s_svg + "text", new XAttribute("class", kind), new XAttribute("x", x), new XAttribute("y", y), text);

    private static string Style() => new StringBuilder()
        .Append("text{fill:#222}.heading{font-size:16px;font-weight:bold}.title{font-weight:bold}.none{fill:#888}")
        .Append(".kernel{fill:#9aa5b1}.ceiling{fill:#c9a227}.peer{fill:#5b8db8}.ours{fill:#c0392b}")
        .Append("@media(prefers-color-scheme:dark){text{fill:#e6e6e6}.none{fill:#999}.kernel{fill:#6b7683}.ours{fill:#e8604c}}")
        .ToString();
}
