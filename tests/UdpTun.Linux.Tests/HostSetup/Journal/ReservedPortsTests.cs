using UdpTun.Linux.HostSetup;

namespace UdpTun.Linux.Tests.HostSetup;

/// <summary>One namespace with its own list of reserved ports, and a state directory.</summary>
public sealed class ReservedPortsTests : IDisposable
{
    private readonly TestNamespace _namespace = new();
    private readonly TestStateDirectory _state = new();

    public void Dispose()
    {
        _namespace.Dispose();
        _state.Dispose();
    }

    [SkippableTheory]
    [InlineData("", "20000-20009", "20000-20009")]
    [InlineData("8080,20005-20020", "20000-20009", "8080,20000-20020")]
    [InlineData("8080,20000-20009", "20000-20009", "8080,20000-20009")]
    public void Ports_should_be_merged_into_a_foreign_list_and_taken_out_again(string foreign, string ports, string merged) => _namespace.Run(() =>
    {
        Write(foreign);

        using (var journal = Open("a"))
        {
            journal.ReservePorts(ports);
            Assert.Equal(merged, Read());
        }

        Assert.Equal(foreign, Read());
    });

    [SkippableFact]
    public void Ports_should_stay_until_the_last_of_two_instances_stops() => _namespace.Run(() =>
    {
        Write("8080");
        var first = Open("a");
        first.ReservePorts("20000-20009");
        var second = Open("b");
        second.ReservePorts("20005-20019");

        first.Dispose();
        Assert.Equal("8080,20005-20019", Read());
        second.Dispose();

        Assert.Equal("8080", Read());
    });

    [SkippableFact]
    public void Ports_that_others_reserve_meanwhile_should_stay() => _namespace.Run(() =>
    {
        using (var journal = Open("a"))
        {
            journal.ReservePorts("20000-20009");
            Write("20000-20009,30000");
        }

        Assert.Equal("30000", Read());
    });

    [SkippableFact]
    public void Ports_should_be_taken_out_by_the_cleanup_when_the_process_was_killed() => _namespace.Run(() =>
    {
        Write("8080");
        var journal = Open("a");
        journal.ReservePorts("20000-20009");
        journal.Abandon();
        Assert.Equal("8080,20000-20009", Read());

        HostCleanup.Run(_state.Path);

        Assert.Equal("8080", Read());
    });

    private static string Read() => Sysctl.TryRead(ReservedPorts.Key)!;

    private static void Write(string ports) => Sysctl.Write(ReservedPorts.Key, $"{ports}\n");

    private HostJournal Open(string device) => HostJournal.Open(_state.Path, device);
}
