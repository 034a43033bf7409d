using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using PerCall.Functions.Routes;

namespace PerCall.Functions.Telemetry;

/// <summary>Records a span and a duration for every run of a function.</summary>
public sealed class TelemetryMiddleware(FunctionRoutes routes, RequestSpans spans) : IFunctionsWorkerMiddleware
{
    // Platforms ask for it every few seconds.
    private const string Health = "/health/";

    public Task Invoke(FunctionContext context, FunctionExecutionDelegate next) =>
        context.GetHttpContext() is { } http ? RequestAsync(context, http, next) : InvocationAsync(context, next);

    private async Task RequestAsync(FunctionContext context, HttpContext http, FunctionExecutionDelegate next)
    {
        var started = Stopwatch.GetTimestamp();
        var route = $"/{routes.Find(context.FunctionDefinition.Name)?.Template}";
        var method = Method(http.Request.Method);
        var isProbe = route.StartsWith(Health, StringComparison.Ordinal);
        var span = isProbe ? null : Traces.Begin(
            $"{method} {route}", spans.Http, http.Request.Headers.TraceParent, http.Request.Headers.TraceState);
        span?.SetTag("http.request.method", method).SetTag("http.route", route).SetTag("url.scheme", http.Request.Scheme)
            .SetTag("faas.name", context.FunctionDefinition.Name).SetTag("faas.trigger", "http").SetTag(
                "faas.invocation_id", context.InvocationId);
        // The response is sent after this middleware.
        http.Response.OnCompleted(() =>
        {
            End();
            return Task.CompletedTask;
        });
        await next(context);

        void End()
        {
            var status = http.Response.StatusCode;
            var error = Fault.Of(http) ?? (status >= StatusCodes.Status500InternalServerError ? $"{status}" : null);
            Measures.Request(Stopwatch.GetElapsedTime(started), method, route, status, error);
            if (!isProbe)
            {
                Measures.Response(status);
            }

            span?.SetTag("http.response.status_code", status);
            if (error is not null)
            {
                span?.SetTag("error.type", error);
            }

            if (status >= StatusCodes.Status500InternalServerError)
            {
                span?.SetStatus(ActivityStatusCode.Error);
            }

            span?.Stop();
        }
    }

    private async Task InvocationAsync(FunctionContext context, FunctionExecutionDelegate next)
    {
        var started = Stopwatch.GetTimestamp();
        var name = context.FunctionDefinition.Name;
        var data = context.BindingContext.BindingData;
        var kind = Text(data, Traces.KindMember);
        var trigger = data.ContainsKey("QueueTrigger") ? "pubsub" : data.ContainsKey("BlobTrigger") ? "datasource" : "timer";
        using var span = Traces.Begin(
            kind is null ? name : $"{name} {kind}", trigger == "timer" ? ActivityKind.Internal : spans.Message,
            Text(data, Traces.Member), host: spans.OfHost ? context.TraceContext.TraceParent : null);
        span?.SetTag("faas.name", name).SetTag("faas.trigger", trigger).SetTag("faas.invocation_id", context.InvocationId);
        string? error = null;
        try
        {
            await next(context);
        }
        catch (Exception e)
        {
            error = e.GetType().FullName;
            span?.SetTag("error.type", error).SetStatus(ActivityStatusCode.Error);
            throw;
        }
        finally
        {
            Measures.Invocation(Stopwatch.GetElapsedTime(started), name, trigger, kind, error);
        }
    }

    /// <summary>Returns a member of a message. A Functions host can hand it over as JSON.</summary>
    private static string? Text(IReadOnlyDictionary<string, object?> data, string member) =>
        (data.GetValueOrDefault(member) as string)?.Trim('"');

    /// <summary>Maps the method to a small set of values, whatever the client sent.</summary>
    private static string Method(string sent) =>
        sent is "GET" or "POST" or "PUT" or "PATCH" or "DELETE" or "HEAD" or "OPTIONS" ? sent : "_OTHER";
}
