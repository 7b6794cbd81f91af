using Serilog.Core;
using Serilog.Events;

namespace UdpTun.Host.Logging;

/// <summary>
/// Adds what a line of text shows of an event's properties: <c>Source</c>, the actor's path below /user, and <c>Context</c>, whom the
/// event is about. SourceContext is the actor system for every actor, so the path comes from Akka's LogSource.
/// </summary>
internal sealed class LineEnricher : ILogEventEnricher
{
    private const string ActorScheme = "akka://";
    private const string UserRoot = "/user/";

    private static readonly string[] _contextNames = ["Session", "Client", "Flow"];

    public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory)
    {
        logEvent.AddOrUpdateProperty(new LogEventProperty("Source", new ScalarValue(SourceOf(logEvent))));
        logEvent.AddOrUpdateProperty(new LogEventProperty("Context", new ScalarValue(ContextOf(logEvent))));
    }

    private static string SourceOf(LogEvent logEvent)
    {
        var source = TextOf(logEvent, "LogSource");
        if (source is null) return TextOf(logEvent, "SourceContext")?.Split('.')[^1] ?? "udptun";
        var user = source.IndexOf(UserRoot, StringComparison.Ordinal);
        if (source.StartsWith(ActorScheme, StringComparison.Ordinal) && user >= 0) return source[(user + UserRoot.Length)..];

        // "CoordinatedShutdown (akka://udptun)", "EventStream(udptun)"
        return source.Split('(')[0].TrimEnd();
    }

    private static string ContextOf(LogEvent logEvent) =>
        string.Concat(_contextNames.Select(name => TextOf(logEvent, name) is { } value ? $" {name}={value}" : ""));

    private static string? TextOf(LogEvent logEvent, string name) => logEvent.Properties.GetValueOrDefault(name) switch
    {
        ScalarValue scalar => scalar.Value?.ToString(),
        var value => value?.ToString(),
    };
}
