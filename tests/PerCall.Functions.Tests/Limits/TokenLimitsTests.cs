using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using PerCall.Client.Wire;
using PerCall.Functions.Budget;
using PerCall.Functions.Limits;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;
using PerCall.Functions.Tenancy;
using PerCall.Functions.Tests.Budget;
using PerCall.Functions.Tests.Requests;
using PerCall.Testing;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.Functions.Tests.Limits;

public sealed class TokenLimitsTests(AzuriteFixture azurite)
{
    // A function with OpenAI's dialect.
    private const string OpenAi = "ListModels";

    private readonly FakeTimeProvider _time = LimitTimes.Start();
    private readonly StorageFaults _faults = new();
    private readonly Caller _caller = new(
        "tenant", Guid.NewGuid().ToString("n"), "key", KeyRoles.Call,
        new() { Plan = "basic", Version = 1, Currency = "EUR", TokensPerMinute = 1000, Prices = [] });

    [Fact]
    public async Task Acquire_TokensThatAreLeft_WritesWhatRemainsInBothDialects()
    {
        var accounts = await AccountsAsync();

        var http = await CallAsync(accounts, 400, used: 400, OpenAi);
        var other = await CallAsync(accounts, 100, used: 100);

        Assert.Equal(200, http.Response.StatusCode);
        Assert.Equal("\"tokens\";r=600;t=64", http.Response.Headers["RateLimit"]);
        Assert.Equal(
            ("1000", "600", "64s"),
            (
                http.Response.Headers["x-ratelimit-limit-tokens"].ToString(),
                http.Response.Headers["x-ratelimit-remaining-tokens"].ToString(),
                http.Response.Headers["x-ratelimit-reset-tokens"].ToString()));
        Assert.Contains("tokens;dur=", ServerTiming.Of(http).ToString(), StringComparison.Ordinal);
        Assert.StartsWith("\"tokens\";r=500;", other.Response.Headers["RateLimit"], StringComparison.Ordinal);
        Assert.False(other.Response.Headers.ContainsKey("x-ratelimit-limit-tokens"));
    }

    [Fact]
    public async Task Acquire_MoreThanIsLeft_IsRefusedWithTheTimeToWait()
    {
        var accounts = await AccountsAsync();
        await CallAsync(accounts, 700, used: 700);
        await accounts.GiveBackAsync();
        _time.Advance(TimeSpan.FromSeconds(11));

        var refused = await CallAsync(accounts, 301, used: 0, OpenAi);

        var problem = Problem(refused);
        Assert.Equal((429, "rate_limited", LimitRefusals.QuotaExceeded), (problem.Status, problem.Code, problem.Type));
        Assert.Equal(["tokens"], problem.ViolatedPolicies);
        Assert.Equal(
            "The plan allows 1000 tokens in any 60 seconds, and fewer are left than the 301 that this call can use (its prompt and its "
                + "maximum output); try again in 50 s.",
            problem.Detail);
        Assert.Equal("50", refused.Response.Headers.RetryAfter);
        Assert.Equal("\"tokens\";r=300;t=50", refused.Response.Headers["RateLimit"]);
        Assert.Equal("300", refused.Response.Headers["x-ratelimit-remaining-tokens"]);
        Assert.Equal(200, (await CallAsync(accounts, 300, used: 0)).Response.StatusCode);
    }

    [Theory]
    [InlineData(1001)]
    [InlineData(long.MaxValue)]
    public async Task Acquire_MoreThanThePlanEverAllows_IsRefusedForGoodWithoutStorage(long tokens)
    {
        var refused = await CallAsync(await AccountsAsync(), tokens, used: 0);

        var problem = Problem(refused);
        Assert.Equal((400, "too_many_tokens"), (problem.Status, problem.Code));
        Assert.Contains("allows 1000 tokens in any 60 seconds (tokens_per_minute)", problem.Detail, StringComparison.Ordinal);
        Assert.False(refused.Response.Headers.ContainsKey("Retry-After"));
        Assert.Equal(0, _faults.Requests);
    }

    [Fact]
    public async Task Acquire_CallThatFails_GivesAllItsTokensBack()
    {
        var accounts = await AccountsAsync();
        for (var i = 0; i < 5; i++)
        {
            var failed = await CallAsync(accounts, 1000, used: null);
            Assert.Equal("failed", Problem(failed).Code);
        }
    }

    [Theory]
    [InlineData(null, 1_000_000)]
    [InlineData(1000L, 0)]
    public async Task Acquire_PlanWithoutTokensOrCallWithout_IsNotLimited(long? quota, long tokens)
    {
        var accounts = await AccountsAsync();
        var caller = _caller with { Terms = _caller.Terms with { TokensPerMinute = quota } };

        var http = await CallAsync(accounts, tokens, used: tokens, caller: caller);

        Assert.Equal(200, http.Response.StatusCode);
        Assert.Equal(0, _faults.Requests);
    }

    [Fact]
    public async Task Acquire_PlanChanges_TakeHold()
    {
        var accounts = await AccountsAsync();
        Assert.Equal(200, (await CallAsync(accounts, 1000, used: 1000)).Response.StatusCode);

        var more = _caller with { Terms = _caller.Terms with { TokensPerMinute = 1500 } };
        Assert.Equal(429, (await CallAsync(accounts, 10, used: 10)).Response.StatusCode);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(200, (await CallAsync(accounts, 500, used: 500, caller: more)).Response.StatusCode);
        Assert.Equal(429, (await CallAsync(accounts, 1, used: 1, caller: more)).Response.StatusCode);
    }

    [Fact]
    public async Task Upkeep_AccountWithTokens_IsForgottenWhenItsTokensAreReported()
    {
        var accounts = await AccountsAsync();
        await CallAsync(accounts, 500, used: 5);

        for (var i = 0; i < 3; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(60));
            await accounts.UpkeepAsync();
            await accounts.UpkeepAsync();
        }

        Assert.Equal(0, accounts.Count);
    }

    private static Problem Problem(HttpContext http)
    {
        http.Response.Body.Position = 0;
        return JsonSerializer.Deserialize(http.Response.Body, WireJson.Default.Problem)!;
    }

    private async Task<LimitedAccounts> AccountsAsync()
    {
        var table = await LimitTables.OpenAsync(azurite.ConnectionString, _faults);
        return new(table, Options.Create(new LimitsOptions()), _time);
    }

    /// <summary>A call of a function that takes tokens.</summary>
    /// <param name="accounts">The accounts of the instance.</param>
    /// <param name="tokens">Tokens that the call can use.</param>
    /// <param name="used">Tokens that it uses; null: it fails.</param>
    /// <param name="function">The function's name.</param>
    /// <param name="caller">The caller.</param>
    private async Task<HttpContext> CallAsync(
        LimitedAccounts accounts, long tokens, long? used, string function = "Test", Caller? caller = null)
    {
        caller ??= _caller;
        var http = new DefaultHttpContext { Response = { Body = new MemoryStream() } };
        caller.AttachTo(http);
        var routes = FunctionRoutes.Discover();
        var (limits, tokenLimits) = (new LimitsMiddleware(accounts, routes), new TokenLimits(accounts));
        await Middlewares.Outer(routes).Invoke(
            new HttpCall(http, function),
            context => limits.Invoke(context, async _ =>
            {
                using var lease = await tokenLimits.AcquireAsync(caller, tokens, http);
                lease.Settle(used ?? throw RefusedException.BadRequest("failed", "The call failed."));
            }));
        return http;
    }
}
