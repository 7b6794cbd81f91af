using UdpTun.Host.Verbs.Doctor;
using UdpTun.Host.Verbs.Doctor.Checks;

namespace UdpTun.Host.Tests.Verbs.Doctor;

public sealed class DoctorChecksTests
{
    [Theory]
    [InlineData("6.18.44-cloud-amd64", false)]
    [InlineData("7.0", true)]
    [InlineData("7.0.0-rc1", true)]
    [InlineData("7.1.4+deb14-amd64", true)]
    [InlineData("7.1.5", false)]
    [InlineData("7.2.0", false)]
    [InlineData("unknown", false)]
    public void Kernel_with_the_fault_should_be_known_by_its_release(string release, bool faulty) =>
        Assert.Equal(faulty, KernelCheck.IsFaulty(release));

    [Fact]
    public void Clock_should_be_judged_by_its_time_and_by_who_keeps_it()
    {
        var now = new DateTimeOffset(2026, 11, 26, 12, 0, 0, TimeSpan.Zero);
        Assert.Equal(Verdict.Good, ClockCheck.Look(true, now).Verdict);
        Assert.Equal(Verdict.Warning, ClockCheck.Look(false, now).Verdict);
        Assert.Equal(Verdict.Skipped, ClockCheck.Look(null, now).Verdict);
        Assert.Equal(Verdict.Bad, ClockCheck.Look(true, new DateTimeOffset(1970, 1, 1, 0, 5, 0, TimeSpan.Zero)).Verdict);
    }

    [Fact]
    public void Text_should_put_each_remedy_below_its_finding()
    {
        var text = new StringWriter();
        new DoctorText(new DoctorAnswer("server", true,
        [
            new Finding("port", Verdict.Good, "is free"),
            new Finding("firewalls", Verdict.Bad, "one drops", "nft insert"),
        ])).Write(text);
        Assert.Equal(
            """
            udptun doctor: server, which runs here
            good     port       is free
            WRONG    firewalls  one drops
                                remedy: nft insert
            1 wrong, 0 to think about

            """, text.ToString());
    }
}
