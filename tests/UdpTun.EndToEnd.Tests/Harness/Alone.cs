namespace UdpTun.EndToEnd.Tests.Harness;

/// <summary>Tests that measure what is done in a time, or fill the machine, run after the others and one after another.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    internal const string Name = "alone";
}
