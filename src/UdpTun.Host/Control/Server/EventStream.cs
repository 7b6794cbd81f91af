using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace UdpTun.Host.Control.Server;

/// <summary>Server-sent events (HTML, section 9.2): one JSON answer each, for as long as the reader stays.</summary>
internal sealed class EventStream(HttpContext context)
{
    private static readonly byte[] Data = "data: "u8.ToArray();
    private static readonly byte[] End = "\n\n"u8.ToArray();

    /// <summary>Sends one event and waits until the reader has room for it: a slow reader gets fewer.</summary>
    /// <param name="answer">The event's data.</param>
    /// <param name="type">Its JSON.</param>
    /// <param name="name">The event's name, where a stream has several kinds; null: it has one.</param>
    public async Task Send<T>(T answer, JsonTypeInfo<T> type, string? name = null)
        where T : Answer
    {
        if (!context.Response.HasStarted)
        {
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
        }

        var (body, stop) = (context.Response.Body, context.RequestAborted);
        if (name is not null) await body.WriteAsync(Encoding.ASCII.GetBytes($"event: {name}\n"), stop);
        await body.WriteAsync(Data, stop);
        await JsonSerializer.SerializeAsync(body, answer, type, stop); // without line ends, as compact JSON has none
        await body.WriteAsync(End, stop);
        await body.FlushAsync(stop);
    }
}
