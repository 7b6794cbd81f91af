namespace UdpTun.Linux.Tests;

/// <summary>One end of a veth pair in the calling thread's namespace.</summary>
internal static class TestVeth
{
    /// <summary>Addresses it and brings it up. Without duplicate address detection, so that IPv6 is usable at once.</summary>
    public static void Configure(string device, string v4, string v6)
    {
        TestNamespace.Ip("link", "set", "dev", device, "addrgenmode", "none");
        TestNamespace.Ip("address", "add", v4, "dev", device);
        TestNamespace.Ip("-6", "address", "add", v6, "dev", device, "nodad");
        TestNamespace.Ip("link", "set", "dev", device, "up");
    }

    /// <summary>
    /// Waits, once both ends are up, until the kernel has noticed, which it does up to a second late: before that it has no route for IPv6
    /// multicast and hears none.
    /// </summary>
    public static void AwaitMulticast(string device) => Assert.True(SpinWait.SpinUntil(
        () => TestNamespace.Ip("-6", "route", "show", "table", "local").Contains($"ff00::/8 dev {device} ", StringComparison.Ordinal),
        TimeSpan.FromSeconds(20)));
}
