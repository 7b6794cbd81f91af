namespace UdpTun.Host.Tests;

/// <summary>
/// Tests that start processes run after the others: between its fork and its exec a process has a copy of every socket and lock that a parallel
/// test closes and counts on the kernel to have let go.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Forks
{
    internal const string Name = "forks";
}
