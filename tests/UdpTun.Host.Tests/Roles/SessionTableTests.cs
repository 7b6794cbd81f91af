using UdpTun.Actors.Messages;
using UdpTun.Host.Roles;

namespace UdpTun.Host.Tests.Roles;

public sealed class SessionTableTests
{
    [Theory]
    [InlineData(1, 1, "1 session on 1 mapping, the newest 0:")]
    [InlineData(1234, 2, "1,234 sessions on 2 mappings, the newest 0:")]
    [InlineData(0, 0, "0 sessions on 0 mappings")]
    public void First_line_should_count(int sessions, int mappings, string line) =>
        Assert.StartsWith($"{line}\nSESSION  CLIENT", SessionTable.Of(new SessionsReport([], sessions, mappings, [])));
}
