using UdpTun.Actors.Settings;
using UdpTun.Actors.WarmUp;
using UdpTun.Host.Roles;
using UdpTun.Linux.Polling;

namespace UdpTun.Host.Tests.Roles;

public sealed class RehearsalSpecs
{
    [Theory]
    [InlineData(TransportKind.Plain, true)]
    [InlineData(TransportKind.Plain, false)]
    [InlineData(TransportKind.Secure, true)]
    [InlineData(TransportKind.Secure, false)]
    public async Task Rehearsal_should_see_every_packet_answered_when_the_lines_are_sound(TransportKind transport, bool offload)
    {
        await using var rehearsal = Rehearsal.Start(
            new EpollPoller(), RehearsalStage.Build(offload, offload), transport, WarmUpLength.Full, TimeSpan.FromMinutes(1));

        Assert.True(await rehearsal.RunThroughAsync());
        await rehearsal.Ended;
    }
}
