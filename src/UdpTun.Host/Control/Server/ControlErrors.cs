using Akka.Actor;
using Microsoft.AspNetCore.Http;
using Serilog;

namespace UdpTun.Host.Control.Server;

/// <summary>The one place where an endpoint's exception becomes a status and a sentence.</summary>
internal sealed class ControlErrors(ILogger log)
{
    public async Task Handle(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there any more to be told.
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            var (status, message) = Explain(exception, context.Request);
            context.Response.StatusCode = status;
            await context.Reply(new ErrorAnswer(message), ControlJson.Default.ErrorAnswer);
        }
    }

    private (int Status, string Message) Explain(Exception exception, HttpRequest request)
    {
        switch (exception)
        {
            case ControlException known:
                return (known.Status, known.Message);
            case BadHttpRequestException bad:
                return (bad.StatusCode, bad.Message);
            case AskTimeoutException:
                return (StatusCodes.Status504GatewayTimeout, $"the tunnel did not answer within {RunningInstance.Patience.TotalSeconds:0} seconds");
            default:
                log.Error(exception, "control API: {Method:l} {Path:l} failed because of a fault of its own", request.Method, request.Path);
                return (StatusCodes.Status500InternalServerError, "udptun has a fault of its own; its log tells which");
        }
    }
}
