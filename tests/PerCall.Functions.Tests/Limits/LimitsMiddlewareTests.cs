using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using PerCall.Client.Wire;
using PerCall.Functions.Budget;
using PerCall.Functions.Limits;
using PerCall.Functions.Pricing;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;
using PerCall.Functions.Tenancy;
using PerCall.Functions.Tests.Budget;
using PerCall.Functions.Tests.Requests;
using PerCall.Testing;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.Functions.Tests.Limits;

public sealed class LimitsMiddlewareTests(AzuriteFixture azurite)
{
    private readonly FakeTimeProvider _time = LimitTimes.Start();
    private readonly string _account = Guid.NewGuid().ToString("n");

    [Fact]
    public async Task Invoke_PlanWithLimits_SaysWhatIsLeft()
    {
        var http = await CallAsync(await LimitsAsync(), Plan(requests: 600, calls: 8));

        Assert.Equal(200, http.Response.StatusCode);
        Assert.Equal("\"requests\";q=600;w=60, \"concurrency\";q=8;qu=\"concurrent-requests\"", http.Response.Headers["RateLimit-Policy"]);
        Assert.Equal("\"requests\";r=599;t=61", http.Response.Headers["RateLimit"]);
        Assert.Contains("limits;dur=", ServerTiming.Of(http).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invoke_PlanWithoutLimits_HasTheUsualNumberOfCallsAtOnce()
    {
        var (limits, gate) = (await LimitsAsync(), new TaskCompletionSource());
        var running = Enumerable.Range(0, 100).Select(_ => CallAsync(limits, Plan(null, null), _ => gate.Task)).ToList();

        var refused = await CallAsync(limits, Plan(null, null));
        gate.SetResult();
        var answers = await Task.WhenAll(running);

        Assert.Equal("too_many_concurrent_calls", Problem(refused).Code);
        Assert.All(answers, a => Assert.Equal(200, a.Response.StatusCode));
        Assert.Equal("\"concurrency\";q=100;qu=\"concurrent-requests\"", answers[0].Response.Headers["RateLimit-Policy"]);
        Assert.False(answers[0].Response.Headers.ContainsKey("RateLimit"));
    }

    [Fact]
    public async Task Invoke_NoCaller_IsNotLimited()
    {
        var http = await CallAsync(await LimitsAsync(StorageFaults.OfEveryWrite(Fault.BeforeSending)), plan: null);

        Assert.Equal(200, http.Response.StatusCode);
    }

    [Fact]
    public async Task Invoke_MoreRequestsThanThePlanAllows_AreRefusedWithTheTimeToWait()
    {
        var limits = await LimitsAsync();
        Assert.Equal(200, (await CallAsync(limits, Plan(1, null))).Response.StatusCode);
        _time.Advance(TimeSpan.FromSeconds(11));

        var refused = await CallAsync(limits, Plan(1, null));

        var problem = Problem(refused);
        Assert.Equal(
            (429, "rate_limited", "https://iana.org/assignments/http-problem-types#quota-exceeded"),
            (problem.Status, problem.Code, problem.Type));
        Assert.Equal(["requests"], problem.ViolatedPolicies);
        Assert.Equal("50", refused.Response.Headers.RetryAfter);
        Assert.Equal("\"requests\";r=0;t=50", refused.Response.Headers["RateLimit"]);
        Assert.Equal(
            "\"requests\";q=1;w=60, \"concurrency\";q=100;qu=\"concurrent-requests\"", refused.Response.Headers["RateLimit-Policy"]);
    }

    [Fact]
    public async Task Invoke_MoreCallsAtOnceThanThePlanAllows_AreRefusedUntilOneHasReturned()
    {
        var (limits, gate) = (await LimitsAsync(), new TaskCompletionSource());
        var running = CallAsync(limits, Plan(10, 1), _ => gate.Task);

        var refused = await CallAsync(limits, Plan(10, 1));
        var problem = Problem(refused);
        Assert.Equal((429, "too_many_concurrent_calls"), (problem.Status, problem.Code));
        Assert.Equal(["concurrency"], problem.ViolatedPolicies);
        Assert.Equal("1", refused.Response.Headers.RetryAfter);

        // A higher number takes hold at once.
        Assert.Equal(200, (await CallAsync(limits, Plan(10, 2))).Response.StatusCode);
        gate.SetResult();
        await running;
        Assert.Equal(200, (await CallAsync(limits, Plan(10, 1))).Response.StatusCode);
        // What was refused for running at once was not counted as a request.
        Assert.Equal("\"requests\";r=6;t=61", (await CallAsync(limits, Plan(10, 1))).Response.Headers["RateLimit"]);
    }

    [Fact]
    public async Task Invoke_FunctionThatThrows_GivesItsPlaceBack()
    {
        var limits = await LimitsAsync();
        for (var i = 0; i < 3; i++)
        {
            var failed = await CallAsync(limits, Plan(null, 1), _ => throw RefusedException.BadRequest("no", "No."));
            Assert.Equal(400, failed.Response.StatusCode);
        }
    }

    [Fact]
    public async Task Invoke_FunctionThatWritesAStream_KeepsItsPlaceUntilTheStreamEnds()
    {
        var (limits, gate, started) = (await LimitsAsync(), new TaskCompletionSource(), new TaskCompletionSource());
        var streaming = CallAsync(limits, Plan(null, 1), async context =>
        {
            var response = ((HttpContext)context.Items["HttpRequestContext"]).Response;
            response.ContentType = "text/event-stream";
            await response.WriteAsync("data: 1\n\n");
            await response.Body.FlushAsync();
            started.SetResult();
            await gate.Task;
            await response.WriteAsync("data: [DONE]\n\n");
        });
        await started.Task;

        Assert.Equal("too_many_concurrent_calls", Problem(await CallAsync(limits, Plan(null, 1))).Code);

        gate.SetResult();
        Assert.Equal(23, (await streaming).Response.Body.Length);
        Assert.Equal(200, (await CallAsync(limits, Plan(null, 1))).Response.StatusCode);
    }

    [Fact]
    public async Task Invoke_PlanWithTokens_SaysWhatIsLeftOfBothRates()
    {
        var limits = await LimitsAsync();

        var both = await CallAsync(limits, Plan(600, 8) with { TokensPerMinute = 1_000_000_000 });
        Assert.Equal(
            "\"requests\";q=600;w=60, \"tokens\";q=1000000000;w=60, \"concurrency\";q=8;qu=\"concurrent-requests\"",
            both.Response.Headers["RateLimit-Policy"]);
        Assert.Equal("\"requests\";r=599;t=61, \"tokens\";r=1000000000;t=0", both.Response.Headers["RateLimit"]);
        var tokens = await CallAsync(limits, Plan(null, 8) with { TokensPerMinute = 500 });
        Assert.Equal(
            "\"tokens\";q=500;w=60, \"concurrency\";q=8;qu=\"concurrent-requests\"", tokens.Response.Headers["RateLimit-Policy"]);
        Assert.Equal("\"tokens\";r=500;t=0", tokens.Response.Headers["RateLimit"]);
    }

    [Fact]
    public async Task Upkeep_AccountsThatDoNotCallAnyMore_AreForgotten()
    {
        var accounts = new LimitedAccounts(
            await LimitTables.OpenAsync(azurite.ConnectionString), Options.Create(new LimitsOptions()), _time);
        await CallAsync(new LimitsMiddleware(accounts, FunctionRoutes.Discover()), Plan(100, 5));
        Assert.Equal(1, accounts.Count);

        for (var i = 0; i < 4; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(60));
            await accounts.UpkeepAsync();
            await accounts.UpkeepAsync();
        }

        Assert.Equal(0, accounts.Count);
    }

    private static PlanTerms Plan(int? requests, int? calls) =>
        new() { Plan = "basic", Version = 1, Currency = "EUR", RequestsPerMinute = requests, ConcurrentCalls = calls, Prices = [] };

    private static Problem Problem(HttpContext http)
    {
        http.Response.Body.Position = 0;
        return JsonSerializer.Deserialize(http.Response.Body, WireJson.Default.Problem)!;
    }

    private async Task<LimitsMiddleware> LimitsAsync(StorageFaults? faults = null) =>
        new(
            new LimitedAccounts(await LimitTables.OpenAsync(azurite.ConnectionString, faults), Options.Create(new LimitsOptions()), _time),
            FunctionRoutes.Discover());

    /// <summary>A call as it comes through the middleware, with the refusals turned into answers.</summary>
    private async Task<HttpContext> CallAsync(LimitsMiddleware limits, PlanTerms? plan, FunctionExecutionDelegate? function = null)
    {
        var http = new DefaultHttpContext { Response = { Body = new MemoryStream() } };
        if (plan is not null)
        {
            new Caller("tenant", _account, "key", KeyRoles.Call, plan).AttachTo(http);
        }

        var outer = Middlewares.Outer(FunctionRoutes.Discover());
        await outer.Invoke(new HttpCall(http), context => limits.Invoke(context, function ?? (_ => Task.CompletedTask)));
        return http;
    }
}
