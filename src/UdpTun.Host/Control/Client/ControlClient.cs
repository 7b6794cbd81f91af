using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using UdpTun.Host.Cli;
using UdpTun.Linux.HostSetup;

namespace UdpTun.Host.Control.Client;

/// <summary>A verb's way to one instance's control API.</summary>
internal sealed class ControlClient : IDisposable
{
    // Longer than the server gives its actors, so that its own words about them arrive.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private const string DataField = "data: ";

    private readonly HttpClient _http;

    internal ControlClient(InstancePlace place)
    {
        Place = place;
        var handler = new SocketsHttpHandler { ConnectCallback = (_, stop) => Connect(place.ControlSocket, stop) };
        _http = new HttpClient(handler) { BaseAddress = new Uri("http://udptun/"), Timeout = Timeout.InfiniteTimeSpan };
    }

    internal InstancePlace Place { get; }

    public void Dispose() => _http.Dispose();

    /// <summary>Whether somebody listens: an instance that was killed leaves its socket behind.</summary>
    /// <exception cref="VerbException">There is somebody, and we may not ask.</exception>
    internal async Task<bool> IsAlive(CancellationToken stop)
    {
        try
        {
            await using var connection = await Connect(Place.ControlSocket, stop);
            return true;
        }
        catch (SocketException exception) when (exception.SocketErrorCode != SocketError.AccessDenied)
        {
            return false;
        }
        catch (SocketException exception)
        {
            throw NotAllowed(exception);
        }
    }

    internal Task<T> Get<T>(string path, JsonTypeInfo<T> type, CancellationToken stop) => Send(HttpMethod.Get, path, type, stop);

    internal Task<T> Post<T>(string path, JsonTypeInfo<T> type, CancellationToken stop) => Send(HttpMethod.Post, path, type, stop);

    /// <summary>Sends a question, with or without a body, and reads the answer.</summary>
    /// <exception cref="VerbException">The instance is not there, does not allow it, or answers that it cannot.</exception>
    internal async Task<T> Send<T>(HttpMethod method, string path, JsonTypeInfo<T> type, CancellationToken stop, string? json = null)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Patience);
        using var request = new HttpRequestMessage(method, path);
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        try
        {
            using var response = await _http.SendAsync(request, patience.Token);
            if (!response.IsSuccessStatusCode) throw await Failure(response, patience.Token);
            return await response.Content.ReadFromJsonAsync(type, patience.Token) ?? throw Unreadable();
        }
        catch (HttpRequestException exception)
        {
            throw Unreachable(exception);
        }
        catch (JsonException exception)
        {
            throw Unreadable(exception);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new VerbException(ExitCode.Failure, $"{Place.Device} did not answer within {Patience.TotalSeconds:0} seconds; its log may tell why");
        }
    }

    /// <summary>The answers of an endpoint that goes on telling, until <paramref name="stop"/> or the instance's end.</summary>
    /// <exception cref="VerbException">See <see cref="Send"/>; also when the instance ends.</exception>
    internal async IAsyncEnumerable<T> Stream<T>(string path, JsonTypeInfo<T> type, [EnumeratorCancellation] CancellationToken stop)
    {
        using var reader = new StreamReader(await Open(path, stop));
        while (await ReadLine(reader, stop) is { } line)
        {
            if (line.StartsWith(DataField, StringComparison.Ordinal))
                yield return JsonSerializer.Deserialize(line.AsSpan(DataField.Length), type) ?? throw Unreadable();
        }

        throw new VerbException(ExitCode.NotRunning, $"{Place.Device} has ended");
    }

    /// <summary>Begins to read an answer that goes on for as long as its subject does; the caller disposes the stream.</summary>
    /// <exception cref="VerbException">The instance is not there, does not allow it, or answers that it cannot.</exception>
    internal async Task<Stream> Open(string path, CancellationToken stop)
    {
        try
        {
            var response = await _http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, stop);
            return response.IsSuccessStatusCode ? await response.Content.ReadAsStreamAsync(stop) : throw await Failure(response, stop);
        }
        catch (HttpRequestException exception)
        {
            throw Unreachable(exception);
        }
    }

    private static async Task<string?> ReadLine(StreamReader reader, CancellationToken stop)
    {
        try
        {
            return await reader.ReadLineAsync(stop);
        }
        catch (IOException)
        {
            return null; // the other end is gone
        }
    }

    private static async ValueTask<Stream> Connect(string path, CancellationToken stop)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), stop);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<VerbException> Failure(HttpResponseMessage response, CancellationToken stop)
    {
        var answer = await response.Content.ReadFromJsonAsync(ControlJson.Default.ErrorAnswer, stop);
        var code = response.StatusCode switch
        {
            HttpStatusCode.BadRequest => ExitCode.Usage,
            HttpStatusCode.UnprocessableEntity => ExitCode.Configuration,
            _ => ExitCode.Failure,
        };
        return new VerbException(code, answer?.Error ?? $"the tunnel answered with status {(int)response.StatusCode}");
    }

    private VerbException Unreachable(HttpRequestException exception) =>
        exception.InnerException is SocketException { SocketErrorCode: SocketError.AccessDenied } refused
            ? NotAllowed(refused)
            : new VerbException(ExitCode.NotRunning, $"{Place.Device} is not running any more", exception);

    private VerbException NotAllowed(Exception exception) => new(
        ExitCode.Privilege, $"{Place.ControlSocket} is not for you: run this as root, or as a member of the socket's group", exception);

    private VerbException Unreadable(Exception? exception = null) => new(
        ExitCode.Failure, $"{Place.Device} answers what this version of udptun does not understand; use the same version for both", exception);
}
