namespace UdpTun.Host.Verbs.Doctor;

/// <summary>One thing that was looked at.</summary>
/// <param name="Check">The subject in a word or two.</param>
/// <param name="Verdict">How grave it is.</param>
/// <param name="Text">What was seen.</param>
/// <param name="Remedy">What to do about it; null where nothing is to be done.</param>
internal sealed record Finding(string Check, Verdict Verdict, string Text, string? Remedy = null);
