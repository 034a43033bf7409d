using System.Text.Json;
using Azure;
using Microsoft.AspNetCore.Http;
using PerCall.Client.Wire;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;
using PerCall.Functions.Tests.Limits;
using PerCall.Inference;
using Xunit;

namespace PerCall.Functions.Tests.Requests;

public sealed class RequestMiddlewareTests
{
    private static readonly FunctionRoutes Routes = FunctionRoutes.Discover();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Everything that lies under the base address of OpenAI's clients, and all that can go wrong there.</summary>
    [Fact]
    public async Task Invoke_FailureUnderV1_HasWhatOpenAisClientsLookFor()
    {
        (Exception Fault, int Status, string Type, string Code)[] faults =
        [
            (RefusedException.Unauthorized("invalid_key", "No.", "percall"), 401, "authentication_error", "invalid_key"),
            (new RefusedException(404, "file_not_found", "No.", "id"), 404, "invalid_request_error", "file_not_found"),
            (new RefusedException(413, "body_too_large", "No."), 413, "invalid_request_error", "body_too_large"),
            (new RefusedException(415, "unsupported_content_type", "No."), 415, "invalid_request_error", "unsupported_content_type"),
            (new RefusedException(429, "rate_limited", "No."), 429, "rate_limit_error", "rate_limited"),
            (new BadHttpRequestException("No.", 413), 413, "invalid_request_error", "body_too_large"),
            (new ModelBusyException("full", TimeSpan.FromSeconds(1)), 503, "server_error", "model_busy"),
            (new RequestFailedException(500, "No."), 503, "server_error", "storage_unavailable"),
            (new InvalidOperationException("No."), 500, "server_error", "internal_error"),
        ];
        var fallback = Assert.Single(Routes.All, r => r.IsFallback);
        var routes = Routes.All.Where(r => r.IsTenants && !r.IsOpenInference && !r.IsHuggingFace)
            .Select(r => (r.Name, Path: "/" + r.Template))
            .Concat(new[] { "/v1/chat/completions", "/v1/embeddings", "/V1/responses" }.Select(p => (fallback.Name, Path: p)))
            .ToList();

        Assert.Contains(routes, r => r.Path == "/v1/uploads");
        foreach (var (name, path) in routes)
        {
            foreach (var (fault, status, type, code) in faults)
            {
                var problem = await FailAsync(name, path, fault);
                Assert.True((status, type, code) == (problem.Status, problem.Error?.Type, problem.Error?.Code), $"{path}: {problem}");
                Assert.Equal((problem.Detail, problem.Param), (problem.Error!.Message, problem.Error.Param));
            }
        }
    }

    /// <summary>Clients of the Open Inference Protocol look for one member.</summary>
    [Theory]
    [InlineData("Infer", "/v2/models/fashion/infer")]
    [InlineData("InferenceModel", "/v2/models/fashion")]
    [InlineData("InferenceServer", "/v2")]
    [InlineData("ZFallback", "/v2/nothing")]
    public async Task Invoke_FailureUnderV2_IsOneMessage(string function, string path)
    {
        foreach (var (fault, status) in new (Exception, int)[]
        {
            (RefusedException.Unauthorized("invalid_key", "No.", "percall"), 401), (new RefusedException(402, "budget_spent", "No."), 402),
            (new ModelNotFoundException("model_not_found", "No."), 404), (new RefusedException(429, "rate_limited", "No."), 429),
            (new ModelBusyException("No.", TimeSpan.FromSeconds(7)), 503),
        })
        {
            var http = Context(path);
            await Middlewares.Outer(Routes).Invoke(new HttpCall(http, function), _ => Task.FromException(fault));

            http.Response.Body.Position = 0;
            Assert.Equal("""{"error":"No."}""", await new StreamReader(http.Response.Body).ReadToEndAsync(Cancellation));
            Assert.Equal((status, "application/json"), (http.Response.StatusCode, http.Response.ContentType));
            Assert.Equal(status == 503 ? "7" : "", http.Response.Headers.RetryAfter.ToString());
        }
    }

    /// <summary>Hugging Face's clients look for a message, and older ones for the time to wait.</summary>
    [Theory]
    [InlineData("HuggingFaceModel", "/models/spam")]
    [InlineData("HuggingFaceChat", "/models/mini/v1/chat/completions")]
    [InlineData("HuggingFacePipeline", "/pipeline/text-classification/spam")]
    [InlineData("ZFallback", "/models/a/b/c")]
    [InlineData("ZFallback", "/Pipeline")]
    public async Task Invoke_FailureOfHuggingFacesPaths_IsOneMessage(string function, string path)
    {
        foreach (var (fault, status, wait) in new (Exception, int, string)[]
        {
            (RefusedException.Unauthorized("invalid_key", "No.", "percall"), 401, ""), (new RefusedException(402, "spent", "No."), 402, ""),
            (new ModelNotFoundException("model_not_found", "No."), 404, ""),
            (RefusedException.TryAgain(429, "rate_limited", "No.", TimeSpan.FromSeconds(5)), 429, ""),
            (new ModelBusyException("No.", TimeSpan.FromSeconds(7)), 503, ",\"estimated_time\":7"),
            (new RefusedException(503, "unavailable", "No."), 503, ""),
        })
        {
            var http = Context(path);
            await Middlewares.Outer(Routes).Invoke(new HttpCall(http, function), _ => Task.FromException(fault));

            http.Response.Body.Position = 0;
            var body = await new StreamReader(http.Response.Body).ReadToEndAsync(Cancellation);
            Assert.Equal($"{{\"error\":\"No.\"{wait}}}", body);
            Assert.Equal((status, "application/json"), (http.Response.StatusCode, http.Response.ContentType));
        }
    }

    [Fact]
    public async Task Invoke_FailureElsewhere_HasProblemDetailsAlone()
    {
        Assert.Null((await FailAsync("ListPlans", "/manage/v1/plans", RefusedException.BadRequest("no", "No."))).Error);
        Assert.Null(
            (await FailAsync(Routes.All.Single(r => r.IsFallback).Name, "/nothing", RefusedException.BadRequest("no", "No."))).Error);
    }

    [Fact]
    public async Task Invoke_CallThatTheHostCancels_IsAnsweredAsOneToTryAgain()
    {
        using var host = new CancellationTokenSource();
        var http = Context("/v1/models");
        await Middlewares.Outer(Routes).Invoke(new HttpCall(http, "ListModels"), async _ =>
        {
            http.RequestAborted = host.Token;
            await host.CancelAsync();
            host.Token.ThrowIfCancellationRequested();
        });

        var problem = await ReadAsync(http);
        Assert.Equal((503, "call_given_up", "server_error"), (problem.Status, problem.Code, problem.Error!.Type));
        Assert.Equal("1", http.Response.Headers.RetryAfter);
    }

    private static async Task<Problem> FailAsync(string function, string path, Exception fault)
    {
        var http = Context(path);
        await Middlewares.Outer(Routes).Invoke(new HttpCall(http, function), _ => Task.FromException(fault));
        return await ReadAsync(http);
    }

    private static DefaultHttpContext Context(string path) =>
        new() { Request = { Method = "GET", Path = path }, Response = { Body = new MemoryStream() } };

    private static async Task<Problem> ReadAsync(HttpContext http)
    {
        http.Response.Body.Position = 0;
        return (await JsonSerializer.DeserializeAsync(http.Response.Body, WireJson.Default.Problem, Cancellation))!;
    }
}
