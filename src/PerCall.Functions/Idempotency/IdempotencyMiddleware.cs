using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Options;
using PerCall.Functions.Metering;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;
using PerCall.Functions.Tenancy;

namespace PerCall.Functions.Idempotency;

/// <summary>Answers a repeated call with the answer of the first call with the same Idempotency-Key. The call is charged once.</summary>
public sealed class IdempotencyMiddleware(
    FunctionRoutes routes, IdempotentCalls calls, AnswerStore store, IOptions<IdempotencyOptions> options) : IFunctionsWorkerMiddleware
{
    public const string ReplayedHeader = "Idempotent-Replayed";

    private readonly HashSet<string> _functions = [.. routes.All.Where(
        r => r.Method.GetCustomAttribute<IdempotentAttribute>() is { ByItself: false }).Select(r => r.Name)];

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is not { } http
            || !_functions.Contains(context.FunctionDefinition.Name)
            || Caller.Of(http) is not { } caller
            || IdempotencyKey.Of(http.Request) is not { } key)
        {
            await next(context);
            return;
        }

        var request = http.Request;
        var cancellation = http.RequestAborted;
        using var body = await RentedBody.ReadAsync(request, options.Value.MaxBytes, TooLong, cancellation);
        var begun = await calls.BeginAsync(caller.Account, key, Fingerprint.Of(request, body.Span), cancellation);
        if (begun.Done is { } done)
        {
            await ReplayAsync(http, done, cancellation);
            return;
        }

        request.Body = body.AsStream();
        request.ContentLength = body.Length;
        var stored = begun.Running!;
        stored.Response = http.Response;
        MeteredCall.Of(http).Keeping(stored).AttachTo(http);
        try
        {
            await next(context);
        }
        finally
        {
            if (stored.Progress != AnswerState.Done)
            {
                await stored.DropAsync();
            }
        }
    }

    private async Task ReplayAsync(HttpContext http, AnswerRow done, CancellationToken cancellation)
    {
        var body = await store.BodyAsync(done, cancellation);
        var response = http.Response;
        response.ContentType = done.ContentType ?? MeteredCall.JsonAnswer;
        response.ContentLength = body.Length;
        response.Headers[ReplayedHeader] = "true";
        if (done.JsonLength is { } length)
        {
            response.Headers[AnswerHeaders.JsonLength] = length;
        }

        if (done.AiGenerated)
        {
            AnswerHeaders.MarkAiGenerated(response);
        }

        MeteredCall.Of(http).ReportCost(done.Cost, done.Units);
        await response.Body.WriteAsync(body, cancellation);
    }

    private RefusedException TooLong() => new(
        StatusCodes.Status413PayloadTooLarge,
        "body_too_large",
        string.Create(
            CultureInfo.InvariantCulture,
            $"The body is too large; allowed with an {IdempotencyKey.Header}: at most {options.Value.MaxBytes:N0} bytes."));
}
