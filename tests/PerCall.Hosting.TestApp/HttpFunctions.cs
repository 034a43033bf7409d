using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;

namespace PerCall.Hosting.TestApp;

public sealed class HttpFunctions(IConfiguration configuration)
{
    [Function("echo")]
    public static IResult Echo(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "echo/{name}/{count:int}")] HttpRequest request,
        FunctionContext context,
        string name,
        int count) =>
        Results.Json(new { name, count, method = request.Method, bound = context.BindingContext.BindingData["NAME"] });

    [Function("number")]
    public static string Number(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "number/{value}")] HttpRequest request, int value) =>
        $"number {value.ToString(CultureInfo.InvariantCulture)}";

    [Function("record")]
    public static Task<Shape> Record([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "record")] HttpRequest request) =>
        Task.FromResult(new Shape("square", 4));

    [Function("hostname")]
    public string? HostName([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "hostname")] HttpRequest request) =>
        configuration["WEBSITE_HOSTNAME"];

    [Function("setting")]
    public string? Setting([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "setting/{name}")] HttpRequest request, string name) =>
        configuration[name];

    [Function("anything")]
    public static IResult Anything([HttpTrigger(AuthorizationLevel.Anonymous, Route = "any/{*path}")] HttpRequest request, string? path) =>
        Results.Text($"anything {request.Method} {path}");

    [Function("specific")]
    public static IResult Specific([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "any/specific")] HttpRequest request) =>
        Results.Text("specific");

    [Function("order")]
    public static IResult Order([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "order")] HttpRequest request)
    {
        request.HttpContext.Response.Headers.Append("x-order", "function");
        return new OrderResult();
    }

    [Function("throw")]
    public static IResult Throw([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "throw")] HttpRequest request) =>
        throw new InvalidOperationException("deliberate");

    [Function("upload")]
    public static async Task<IResult> Upload(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "upload")] HttpRequest request, CancellationToken cancellationToken)
    {
        var buffer = new byte[81920];
        long total = 0;
        for (int read; (read = await request.Body.ReadAsync(buffer, cancellationToken)) > 0; total += read)
        {
        }

        return Results.Text(total.ToString(CultureInfo.InvariantCulture));
    }

    [Function("hang")]
    public static async Task<IResult> Hang(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "hang/{name}")] HttpRequest request,
        string name,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        Say.Line($"hang {name} started");
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Say.Line($"hang {name} cancelled, context {context.CancellationToken.IsCancellationRequested}");
            throw;
        }

        return Results.NoContent();
    }

    [Function("deaf")]
    public static async Task<IResult> Deaf([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "deaf")] HttpRequest request)
    {
        Say.Line("deaf started");
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System);
        return Results.NoContent();
    }

    [Function("gated")]
    public static async Task<IResult> Gated(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "gated/{gate}")] HttpRequest request, string gate)
    {
        Say.Line($"gated {gate} started");
        await Gate.WaitAsync(gate, CancellationToken.None);
        return Results.Text("done");
    }

    [Function("events")]
    public static async Task Events(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "events/{gate}")] HttpRequest request, string gate,
        CancellationToken cancellationToken)
    {
        var response = request.HttpContext.Response;
        response.ContentType = "text/event-stream";
        await response.WriteAsync("data: first\n\n", cancellationToken);
        await response.Body.FlushAsync(cancellationToken);
        await Gate.WaitAsync(gate, cancellationToken);
        await response.WriteAsync("data: last\n\n", cancellationToken);
    }

    private sealed class OrderResult : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers.Append("x-order", "result");
            return httpContext.Response.WriteAsync("ordered");
        }
    }
}
