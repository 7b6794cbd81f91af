using System.Globalization;

namespace UdpTun.Net.Treatment.Faults;

/// <summary>What the operator does to the packets of one flow, to see how programs bear it. All draws come from one seed.</summary>
public sealed record FlowFaults
{
    /// <summary>Share of packets that are lost, 0 to 1.</summary>
    public double Loss { get; init; }

    /// <summary>Share of packets that come twice, 0 to 1.</summary>
    public double Duplication { get; init; }

    /// <summary>Share of packets that the next one overtakes, 0 to 1.</summary>
    public double Reordering { get; init; }

    /// <summary>How much later each packet goes on.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Whether no packet goes on.</summary>
    public bool IsBlackhole { get; init; }

    /// <summary>Whether what the client sends is treated.</summary>
    public bool Outbound { get; init; } = true;

    /// <summary>Whether what comes back to the client is treated.</summary>
    public bool Inbound { get; init; } = true;

    /// <summary>The same seed draws the same packets.</summary>
    public int Seed { get; init; }

    /// <summary>As it is written on the command line.</summary>
    public override string ToString()
    {
        var words = new List<string>();
        if (IsBlackhole) words.Add("blackhole");
        if (Loss > 0) words.Add(string.Create(CultureInfo.InvariantCulture, $"loss={Loss * 100:0.###}%"));
        if (Delay > TimeSpan.Zero) words.Add(string.Create(CultureInfo.InvariantCulture, $"delay={Delay.TotalMilliseconds:0}ms"));
        if (Duplication > 0) words.Add(string.Create(CultureInfo.InvariantCulture, $"dup={Duplication * 100:0.###}%"));
        if (Reordering > 0) words.Add(string.Create(CultureInfo.InvariantCulture, $"reorder={Reordering * 100:0.###}%"));
        if (Outbound != Inbound) words.Add(Outbound ? "way=outbound" : "way=inbound");
        words.Add(string.Create(CultureInfo.InvariantCulture, $"seed={Seed}"));
        return string.Join(' ', words);
    }
}
