using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;
using PerCall.Functions.Telemetry;

namespace PerCall.Functions.Requests;

/// <summary>What every answer has in common: an id, where the time went, and refusals in one shape.</summary>
internal sealed partial class RequestMiddleware(FunctionRoutes routes, ILogger<RequestMiddleware> log) : IFunctionsWorkerMiddleware
{
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is not { } http)
        {
            await next(context);
            return;
        }

        var id = RequestId.For(http.Request);
        http.TraceIdentifier = id;
        var timing = ServerTiming.Start(http);
        http.Response.OnStarting(() =>
        {
            http.Response.Headers[RequestId.Header] = id;
            http.Response.Headers[ServerTiming.Header] = timing.ToString();
            return Task.CompletedTask;
        });

        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The host knows whether the client has gone or the time was up, and deals with both.
            throw;
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            var problem = Problems.From(e);
            Fault.Note(http, problem.Code);
            if (problem.Status >= StatusCodes.Status500InternalServerError)
            {
                LogFailed(e, context.FunctionDefinition.Name, problem.Status, id);
            }
            else
            {
                LogRefused(context.FunctionDefinition.Name, problem.Status, problem.Code, id);
            }

            await Problems.WriteAsync(http, routes.Find(context.FunctionDefinition.Name) is { IsOpenAi: true } ? Problems.ForOpenAi(problem) : problem, Problems.HeadersOf(e));
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Function} failed with {Status} (request {RequestId})")]
    private partial void LogFailed(Exception exception, string function, int status, string requestId);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Function} refused with {Status} {Code} (request {RequestId})")]
    private partial void LogRefused(string function, int status, string? code, string requestId);
}
