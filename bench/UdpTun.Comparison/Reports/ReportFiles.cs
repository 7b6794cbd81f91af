namespace UdpTun.Comparison.Reports;

/// <summary>The three files of a comparison.</summary>
internal static class ReportFiles
{
    /// <summary>Writes page, picture and values, over those of the same day, and says where.</summary>
    public static string Write(Results results, string folder)
    {
        Directory.CreateDirectory(folder);
        var name = $"comparison-{results.Date:yyyy-MM-dd}";
        File.WriteAllText(Path.Combine(folder, $"{name}.md"), MarkdownReport.Write(results, $"{name}.svg", LatestProfile(folder)));
        File.WriteAllText(Path.Combine(folder, $"{name}.svg"), SvgPicture.Write(results));
        File.WriteAllText(Path.Combine(folder, $"{name}.json"), JsonReport.Write(results));
        return $"written: {Path.Combine(folder, name)}.md, .svg and .json";
    }

    private static string? LatestProfile(string folder) =>
        Directory.EnumerateFiles(folder, "profile-*.md").Select(Path.GetFileName).Order(StringComparer.Ordinal).LastOrDefault();
}
