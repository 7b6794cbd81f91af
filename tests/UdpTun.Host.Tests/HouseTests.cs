using System.Reflection;

namespace UdpTun.Host.Tests;

/// <summary>The rule of the house: which room may see which, as the compiler wrote it into the assemblies.</summary>
public sealed class HouseTests
{
    [Theory]
    [InlineData("UdpTun.Net")]
    [InlineData("UdpTun.Linux", "UdpTun.Net")]
    [InlineData("UdpTun.Transport", "UdpTun.Net")]
    [InlineData("UdpTun.Actors", "UdpTun.Net", "UdpTun.Transport")]
    [InlineData("udptun", "UdpTun.Net", "UdpTun.Linux", "UdpTun.Transport", "UdpTun.Actors")]
    public void Room_should_see_only_the_rooms_below_it(string room, params string[] below)
    {
        var seen = ReferencesOf(room).Where(name => name.StartsWith("UdpTun.", StringComparison.OrdinalIgnoreCase));

        Assert.Empty(seen.Except(below));
    }

    [Theory]
    [InlineData("UdpTun.Net")]
    [InlineData("UdpTun.Linux")]
    [InlineData("UdpTun.Transport", "NSec.Cryptography", "BouncyCastle.Cryptography")]
    public void Room_below_the_actors_should_need_no_package_but_its_ciphers(string room, params string[] ciphers)
    {
        var packages = ReferencesOf(room).Where(name => !name.StartsWith("System.", StringComparison.Ordinal)
            && !name.StartsWith("UdpTun.", StringComparison.Ordinal) && !name.StartsWith("Microsoft.Win32.", StringComparison.Ordinal));

        Assert.Empty(packages.Except(ciphers));
    }

    private static IEnumerable<string> ReferencesOf(string room) =>
        Assembly.Load(room).GetReferencedAssemblies().Select(name => name.Name!);
}
