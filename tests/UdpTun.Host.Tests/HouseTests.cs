using System.Reflection;
using Akka.Actor;

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

    /// <summary>The program runs without compiled expression trees, so that they would be interpreted for every message (ADR 0026).</summary>
    [Fact]
    public void Actors_should_handle_messages_without_expression_trees() =>
        Assert.DoesNotContain(Assembly.Load("UdpTun.Actors").GetTypes(), type => type.IsSubclassOf(typeof(ReceiveActor)));

    private static IEnumerable<string> ReferencesOf(string room) =>
        Assembly.Load(room).GetReferencedAssemblies().Select(name => name.Name!);
}
