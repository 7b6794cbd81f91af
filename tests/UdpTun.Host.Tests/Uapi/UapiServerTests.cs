using System.Net.Sockets;
using System.Text;
using Serilog;
using UdpTun.Host.Uapi;
using UdpTun.Net.Io;
using UdpTun.Transport.Uapi;

namespace UdpTun.Host.Tests.Uapi;

public sealed class UapiServerTests : IUapiTarget, IAsyncLifetime
{
    private readonly SecretDirectory _directory = new();
    private readonly List<InterfaceChange> _changes = [];
    private UapiServer _server = null!;

    private string Path => UapiServer.PathOf("wg0", _directory.Path);

    public Task InitializeAsync()
    {
        _server = UapiServer.Start(Path, this, Log());
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        Assert.False(File.Exists(Path));
        _directory.Dispose();
    }

    Task<InterfaceReport> IUapiTarget.Report(CancellationToken stop) => Task.FromResult(new InterfaceReport { ListenPort = 51820 });

    Task IUapiTarget.Apply(InterfaceChange change, CancellationToken stop)
    {
        if (change.ListenPort == 1) throw new UapiException(UapiErrno.AddressInUse, "port 1 is taken");
        _changes.Add(change);
        return Task.CompletedTask;
    }

    private static ILogger Log() => new LoggerConfiguration().CreateLogger();

    private async Task<Socket> Connect()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path));
        return socket;
    }

    private static async Task<string> Ask(Socket socket, string request)
    {
        await socket.SendAsync(Encoding.ASCII.GetBytes(request));
        var answer = new StringBuilder();
        var buffer = new byte[4096];
        while (!answer.ToString().EndsWith("\n\n", StringComparison.Ordinal))
        {
            var read = await socket.ReceiveAsync(buffer);
            if (read == 0) break;
            answer.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }

        return answer.ToString();
    }

    [Fact]
    public async Task Requests_should_be_answered_one_after_another_on_one_connection()
    {
        using var socket = await Connect();
        Assert.Equal("listen_port=51820\nerrno=0\n\n", await Ask(socket, "get=1\n\n"));
        Assert.Equal("errno=0\n\n", await Ask(socket, "set=1\nlisten_port=7\n\n"));
        Assert.Equal("errno=-98\n\n", await Ask(socket, "set=1\nlisten_port=1\n\n"));
        Assert.Equal("errno=-22\n\n", await Ask(socket, "set=1\nlisten_port=x\n\n"));
        Assert.Equal("listen_port=51820\nerrno=0\n\n", await Ask(socket, "get=1\n\n"));
        Assert.Equal((ushort?)7, Assert.Single(_changes).ListenPort);
    }

    [Fact]
    public async Task Who_hangs_up_or_says_nothing_should_keep_nobody_else_waiting()
    {
        for (var i = 0; i < 40; i++) (await Connect()).Dispose();
        using var silent = await Connect();
        using var half = await Connect();
        await half.SendAsync("set=1\nlisten_po"u8.ToArray());
        using var socket = await Connect();
        Assert.Equal("listen_port=51820\nerrno=0\n\n", await Ask(socket, "get=1\n\n"));
        Assert.Empty(_changes);
    }

    [Fact]
    public async Task Socket_should_be_the_owner_s_and_the_group_s_and_not_be_taken_from_a_living_one()
    {
        Assert.Equal(0x1B0, (int)File.GetUnixFileMode(Path)); // 0660
        Assert.Contains("has it already; this one needs another name", Assert.Throws<DeviceUnavailableException>(() => UapiServer.Start(Path, this, Log())).Message);
        using var socket = await Connect();
        Assert.Equal("listen_port=51820\nerrno=0\n\n", await Ask(socket, "get=1\n\n"));
    }

    [Fact]
    public async Task Socket_that_was_left_behind_should_be_taken_over()
    {
        var path = UapiServer.PathOf("wg1", _directory.Path);
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)) dead.Bind(new UnixDomainSocketEndPoint(path));
        await using var server = UapiServer.Start(path, this, Log());
        Assert.True(File.Exists(path));
    }
}
