using System.Threading.Channels;
using Serilog.Core;
using Serilog.Events;

namespace UdpTun.Host.Tests.Logging;

/// <summary>Hands log events to a test in the order they come.</summary>
internal sealed class CollectingSink : ILogEventSink
{
    private readonly Channel<LogEvent> _events = Channel.CreateUnbounded<LogEvent>();

    public void Emit(LogEvent logEvent) => _events.Writer.TryWrite(logEvent);

    /// <summary>The next event that <paramref name="wanted"/> accepts; those before it are let go.</summary>
    internal async Task<LogEvent> Next(Func<LogEvent, bool> wanted)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await foreach (var logEvent in _events.Reader.ReadAllAsync(limit.Token))
        {
            if (wanted(logEvent)) return logEvent;
        }

        throw new InvalidOperationException("the sink was closed");
    }
}
