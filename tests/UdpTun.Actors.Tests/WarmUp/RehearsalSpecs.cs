using UdpTun.Actors.Settings;
using UdpTun.Actors.WarmUp;
using UdpTun.Testing.Io;

namespace UdpTun.Actors.Tests.WarmUp;

public sealed class RehearsalSpecs
{
    [Theory]
    [InlineData(TransportKind.Plain)]
    [InlineData(TransportKind.Secure)]
    public async Task Rehearsal_should_see_every_packet_answered_when_the_lines_are_sound(TransportKind transport) =>
        Assert.True(await Rehearsal.RunAsync(new InMemoryPoller(), transport));
}
