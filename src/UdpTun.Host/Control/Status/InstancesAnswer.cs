namespace UdpTun.Host.Control.Status;

/// <summary>What <c>status --json</c> prints: every instance's own answer.</summary>
internal sealed record InstancesAnswer(IReadOnlyList<StatusAnswer> Instances) : Answer;
