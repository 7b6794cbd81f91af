using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Serilog;
using UdpTun.Actors.Settings;
using UdpTun.Host.Control;
using UdpTun.Host.Control.Page;

namespace UdpTun.Host.Page;

/// <summary>An instance's live page, from when it is first asked for until the instance ends. Costs nothing before.</summary>
internal sealed class PageKeeper(PageSettings settings, ILogger log) : IAsyncDisposable
{
    private readonly SemaphoreSlim _one = new(1);
    private PageServer? _server;
    private TrafficHistory? _history;
    private PageToken? _token;

    /// <summary>Where it is; null while it is not open. Any thread.</summary>
    public Uri? Address => Volatile.Read(ref _server)?.Address;

    /// <summary>Opens it with the tunnel where the settings say so; a tunnel without its page still carries packets.</summary>
    public async Task StartAsync(RunningInstance instance)
    {
        if (settings.Opening != PageOpening.AtStart) return;
        try
        {
            await OpenAsync(instance);
        }
        catch (ControlException refused)
        {
            log.Warning("no page: {Reason:l}", refused.Message);
        }
    }

    /// <summary>Opens it unless it is open.</summary>
    /// <returns>Where it is, with its token as the fragment, which a browser keeps to itself.</returns>
    /// <exception cref="ControlException">It is not to be, or the port is taken.</exception>
    public async Task<PageAnswer> OpenAsync(RunningInstance instance)
    {
        if (settings.Opening == PageOpening.Never)
            throw new ControlException(StatusCodes.Status409Conflict, "the settings want no page: udptun.page.open is 'never'");
        await _one.WaitAsync();
        try
        {
            if (_server is null) await ListenAsync(instance);
            return new PageAnswer(_server!.Address.ToString(), _token!.Text);
        }
        catch (Exception exception) when (exception is IOException or SocketException or UnauthorizedAccessException)
        {
            throw new ControlException(StatusCodes.Status409Conflict,
                $"the page cannot be had at {settings.Listen}: {exception.Message.TrimEnd('.')}; choose another {PageSettings.ListenKey}, such as 127.0.0.1:0");
        }
        finally
        {
            _one.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        if (_history is not null) await _history.DisposeAsync();
        _one.Dispose();
    }

    private async Task ListenAsync(RunningInstance instance)
    {
        _token ??= PageToken.Of(instance.Place);
        var history = new TrafficHistory(instance);
        try
        {
            Volatile.Write(ref _server, await PageServer.StartAsync(settings.Listen, _token, ControlGroups.Seen(instance, history), log));
            _history = history;
            log.Information("the page is at {Address}; 'udptun page' tells the token that it asks for", _server!.Address);
        }
        catch
        {
            await history.DisposeAsync();
            throw;
        }
    }
}
