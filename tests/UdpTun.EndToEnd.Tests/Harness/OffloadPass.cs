namespace UdpTun.EndToEnd.Tests.Harness;

/// <summary>
/// CI runs these tests twice: as they are, and with offload switched off by the environment. The second time leaves out what bears the trait
/// <c>[Trait(OffloadPass.Trait, ...)]</c>, because it would see the same; <c>scripts/test.sh</c> names both values.
/// </summary>
internal static class OffloadPass
{
    internal const string Trait = "Offload";

    /// <summary>No packet goes through a TUN device in the test.</summary>
    internal const string Unused = "unused";

    /// <summary>The test itself says, by a parameter, of every program whether it offloads.</summary>
    internal const string Own = "own";
}
