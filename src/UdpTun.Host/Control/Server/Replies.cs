using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace UdpTun.Host.Control.Server;

/// <summary>Writes answers.</summary>
internal static class Replies
{
    /// <summary>The answer as JSON; a type of <see cref="ControlJson"/>, so that nothing is made up at run time.</summary>
    public static Task Reply<T>(this HttpContext context, T answer, JsonTypeInfo<T> type)
        where T : Answer
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        return JsonSerializer.SerializeAsync(context.Response.Body, answer, type, context.RequestAborted);
    }
}
