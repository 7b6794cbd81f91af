using UdpTun.Linux.HostSetup;
using UdpTun.Testing.Fuzzing;
using Xunit.Abstractions;

namespace UdpTun.Linux.Tests.HostSetup;

public sealed class JournalContentTests(ITestOutputHelper output)
{
    private const string Journal =
        """
        {"Inode":"4026531833","Cookie":1,"Boot":"3ff84e6c-7e4e-4f4a-9d0c-9a8f2f6f9e10"}
        {"$type":"command","Do":["ip","link","add"],"Undo":["ip","link","del"],"Input":null}
        {"$type":"sysctl","Key":"net/ipv4/ip_forward","Before":"0","After":"1"}
        {"$type":"reserved-ports","Added":"8080,20000-20009"}

        """;

    [Fact]
    public void Any_text_should_be_read_up_to_its_first_damage()
    {
        var whole = 0;
        new Fuzzer(output.WriteLine).Texts([Journal], text =>
        {
            var content = JournalContent.Parse(text);
            Assert.All(content.Changes, change => Assert.True(change.IsSound));
            if (content is { DamagedLine: null, Changes.Count: 3 }) whole++;
        });
        Assert.NotEqual(0, whole);
    }

    [Fact]
    public void Any_set_of_ports_should_be_read_or_refused() => new Fuzzer(output.WriteLine).Texts(["8080,20000-20009", "1-2,4", " 7 , 9-10\n"], text =>
    {
        if (PortSet.TryParse(text, out var ports)) Assert.Equal(ports.ToString(), PortSet.Parse(ports.ToString()).ToString());
    });
}
