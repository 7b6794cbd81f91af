using System.Net.Sockets;
using System.Text;
using Serilog;
using UdpTun.Net.Io;
using UdpTun.Transport.Uapi;

namespace UdpTun.Host.Uapi;

/// <summary>
/// Serves wg(8) on <c>/run/wireguard/NAME.sock</c>, where it looks for interfaces that the kernel does not know. Whoever may open the socket may
/// read the keys: it is the owner's and the group's (mode 0660).
/// </summary>
internal sealed class UapiServer : IAsyncDisposable
{
    internal const string Directory = "/run/wireguard";

    // More than wg ever opens, and no way to fill the memory.
    private const int MaxConnections = 16;
    private const UnixFileMode OwnerAndGroup =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    // What AcceptAsync cannot do for want of descriptors, it cannot do a moment later.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Socket _listener;
    private readonly string _path;
    private readonly IUapiTarget _target;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _oneRequest = new(1);
    private readonly SemaphoreSlim _connections = new(MaxConnections);
    private readonly Task _accepting;

    private UapiServer(Socket listener, string path, IUapiTarget target, ILogger log)
    {
        (_listener, _path, _target, _log) = (listener, path, target, log);
        _accepting = AcceptAsync();
    }

    internal static string PathOf(string device, string directory = Directory) => Path.Combine(directory, $"{device}.sock");

    /// <summary>Opens the socket.</summary>
    /// <exception cref="DeviceUnavailableException">That cannot be; in one sentence.</exception>
    internal static UapiServer Start(string path, IUapiTarget target, ILogger log)
    {
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            System.IO.Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            if (IsServed(path))
            {
                // wg knows interfaces by their names alone, and the directory is one for all network namespaces.
                throw new IOException("an interface of this name, in this network namespace or in another, has it already; this one needs another name");
            }

            // Under another name until it listens: wg deletes a socket that refuses it.
            var unfinished = $"{path}.new";
            File.Delete(unfinished);
            listener.Bind(new UnixDomainSocketEndPoint(unfinished));
            File.SetUnixFileMode(unfinished, OwnerAndGroup);
            listener.Listen();
            File.Move(unfinished, path, overwrite: true); // over that of one that was killed
            return new UapiServer(listener, path, target, log);
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            listener.Dispose();
            throw new DeviceUnavailableException($"wg cannot look at this interface: {path}: {e.Message}", inner: e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        File.Delete(_path); // while it is served still: a moment later it may be another's of this name
        _listener.Dispose();
        await _accepting;
        _stop.Dispose();
    }

    private static bool IsServed(string path)
    {
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await _connections.WaitAsync(_stop.Token);
                _ = ServeAsync(await _listener.AcceptAsync(_stop.Token));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                if (_stop.IsCancellationRequested) return;
                _connections.Release();
                await Task.Delay(Pause, CancellationToken.None);
            }
        }
    }

    private async Task ServeAsync(Socket connection)
    {
        try
        {
            await using var stream = new NetworkStream(connection, ownsSocket: true);
            using var closing = _stop.Token.Register(connection.Dispose);
            using var reader = new StreamReader(stream, Encoding.ASCII);
            // wg connects once before it asks anything, to see whether somebody is there, and hangs up.
            while (await Task.Run(() => AnswerOne(reader), _stop.Token) is { } answer) await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), _stop.Token);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The other end has hung up, or we end.
        }
        finally
        {
            _connections.Release();
        }
    }

    /// <summary>Reads one request and gives its answer; null where the stream ends.</summary>
    private async Task<string?> AnswerOne(TextReader reader)
    {
        try
        {
            if (UapiReader.Read(reader) is not { } request) return null;
            await _oneRequest.WaitAsync(_stop.Token);
            try
            {
                return await Answer(request);
            }
            finally
            {
                _oneRequest.Release();
            }
        }
        catch (UapiException e)
        {
            _log.Warning("a request of wg is refused: {Reason:l}", e.Message);
            return UapiWriter.Write(e.Errno);
        }
        catch (Akka.Actor.AskTimeoutException)
        {
            return UapiWriter.Write(UapiErrno.Io);
        }
    }

    private async Task<string> Answer(UapiRequest request)
    {
        if (request is not UapiRequest.Set set) return UapiWriter.Write(await _target.Report(_stop.Token));
        await _target.Apply(set.Change, _stop.Token);
        return UapiWriter.Write(UapiErrno.None);
    }
}
