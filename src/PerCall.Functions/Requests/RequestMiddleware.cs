using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.Functions.Routes;
using PerCall.Functions.Telemetry;

namespace PerCall.Functions.Requests;

/// <summary>Adds to every response an id and its timing, and converts exceptions to errors of one form.</summary>
public sealed partial class RequestMiddleware(
    FunctionRoutes routes, BodyBudget budget, IOptions<RequestOptions> options, ILogger<RequestMiddleware> log) : IFunctionsWorkerMiddleware
{
    private readonly TimeSpan _bodyTime = TimeSpan.FromSeconds(options.Value.BodySeconds);

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is not { } http)
        {
            await next(context);
            return;
        }

        var id = RequestId.For(http.Request);
        var route = routes.Find(context.FunctionDefinition.Name);
        http.TraceIdentifier = id;
        // Taken before the built-in host adds the function's time limit to it: this token is only for the connection.
        var disconnected = http.RequestAborted;
        var timing = ServerTiming.Start(http);
        http.Response.OnStarting(() =>
        {
            http.Response.Headers[RequestId.Header] = id;
            http.Response.Headers[ServerTiming.Header] = timing.ToString();
            AnswerHeaders.Add(http, route is { IsTenants: true } or { IsManagement: true });
            if (route is { IsAiGenerated: true } && http.Response.StatusCode == StatusCodes.Status200OK)
            {
                AnswerHeaders.MarkAiGenerated(http.Response);
            }

            return Task.CompletedTask;
        });

        using var memory = BodyMemory.Start(http, budget);
        await using var body = new TimedBody(
            http.Request.Body, route is { HasLongBody: true } ? Timeout.InfiniteTimeSpan : _bodyTime);
        http.Request.Body = body;
        try
        {
            ContentEncoding.Decode(http.Request);
            await next(context);
        }
        catch (Exception) when (disconnected.IsCancellationRequested)
        {
            // The client has disconnected; the function has not failed.
            LogDisconnected(context.FunctionDefinition.Name, id);
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            // The host has cancelled the function. It must not see an exception: it would respond with a status only.
            var fault = e is OperationCanceledException && http.RequestAborted.IsCancellationRequested ? Problems.GivenUp(e) : e;
            var problem = Problems.From(fault);
            Fault.Note(http, problem.Code);
            if (problem.Status >= StatusCodes.Status500InternalServerError)
            {
                LogFailed(e, context.FunctionDefinition.Name, problem.Status, id);
            }
            else
            {
                LogRefused(context.FunctionDefinition.Name, problem.Status, problem.Code, id);
            }

            if (route?.RefusesAsOpenInference(http.Request.Path) == true)
            {
                await Problems.WriteOpenInferenceAsync(http, problem, Problems.HeadersOf(fault), disconnected);
                return;
            }

            if (route?.RefusesAsHuggingFace(http.Request.Path) == true)
            {
                await Problems.WriteHuggingFaceAsync(http, problem, Problems.HeadersOf(fault), disconnected);
                return;
            }

            var told = route?.RefusesAsOpenAi(http.Request.Path) == true ? Problems.ForOpenAi(problem) : problem;
            await Problems.WriteAsync(http, told, Problems.HeadersOf(fault), disconnected);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The client of {Function} disconnected (request {RequestId})")]
    private partial void LogDisconnected(string function, string requestId);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Function} failed with {Status} (request {RequestId})")]
    private partial void LogFailed(Exception exception, string function, int status, string requestId);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Function} refused with {Status} {Code} (request {RequestId})")]
    private partial void LogRefused(string function, int status, string? code, string requestId);
}
