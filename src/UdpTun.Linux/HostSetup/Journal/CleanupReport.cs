namespace UdpTun.Linux.HostSetup;

/// <summary>What a clean-up did.</summary>
/// <param name="Undone">Each change taken back, as <c>device: change</c>.</param>
/// <param name="Failed">Each change that could not be, with the program's own words; often because it was gone already.</param>
/// <param name="Running">Devices whose instances are alive and were left alone.</param>
public sealed record CleanupReport(IReadOnlyList<string> Undone, IReadOnlyList<string> Failed, IReadOnlyList<string> Running);
