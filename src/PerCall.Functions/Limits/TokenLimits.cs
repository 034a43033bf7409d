using System.Diagnostics;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using PerCall.Functions.Limits.Rate;
using PerCall.Functions.Requests;
using PerCall.Functions.Tenancy;

namespace PerCall.Functions.Limits;

/// <summary>Limits callers to the tokens per minute that their plans allow, over all instances.</summary>
public sealed class TokenLimits(LimitedAccounts accounts)
{
    /// <summary>
    /// Takes the tokens that a call can use, before it is sent to a provider. Writes the limits' fields again, so the response must not
    /// have started.
    /// </summary>
    /// <param name="caller">The caller.</param>
    /// <param name="tokens">Tokens of the prompt and the maximum output; 0 or more.</param>
    /// <param name="http">The call, which has passed <see cref="LimitsMiddleware"/>.</param>
    /// <returns>The lease, to settle with the tokens that the call used, and to dispose of in any case.</returns>
    /// <exception cref="RefusedException">
    /// 429: the plan's tokens do not cover the call now. 400: they never cover it.
    /// </exception>
    /// <exception cref="Azure.RequestFailedException">Storage is unavailable, and this instance holds too few tokens.</exception>
    public async ValueTask<TokenLease> AcquireAsync(Caller caller, long tokens, HttpContext http)
    {
        var account = accounts.Of(caller);
        if (account.Tokens is not { } limiter || tokens == 0)
        {
            return new(null);
        }

        var quota = caller.Terms.TokensPerMinute ?? 0;
        if (tokens > quota)
        {
            throw LimitRefusals.TooManyTokens(quota, tokens);
        }

        var lease = await AcquireAsync(limiter, (int)tokens, http);
        RateLimitFields.Write(http.Response, caller.Terms, account, http.Items.ContainsKey(typeof(TokenLimits)));
        if (!lease.IsAcquired)
        {
            lease.TryGetMetadata(MetadataName.RetryAfter, out var retryAfter);
            throw LimitRefusals.TokensLimited(quota, tokens, retryAfter);
        }

        return new(lease as PermitsLease);
    }

    /// <summary>Notes whether the response has OpenAI's fields.</summary>
    internal static void Note(HttpContext http, bool openAi)
    {
        if (openAi)
        {
            http.Items[typeof(TokenLimits)] = true;
        }
    }

    private static async ValueTask<RateLimitLease> AcquireAsync(LeasedRateLimiter limiter, int tokens, HttpContext http)
    {
        var pending = limiter.AcquireAsync(tokens, http.RequestAborted);
        if (pending.IsCompleted)
        {
            return await pending;
        }

        var started = Stopwatch.GetTimestamp();
        var lease = await pending;
        ServerTiming.Of(http).Add("tokens", Stopwatch.GetElapsedTime(started));
        return lease;
    }
}
