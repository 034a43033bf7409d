using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PerCall.Functions.Journal;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Idempotency;

/// <summary>A call that is to run, or the answer of the one that ran before.</summary>
public readonly record struct Begun(StoredAnswer? Running, AnswerRow? Done);

/// <summary>Decides whether a call with an Idempotency-Key is the first of its kind.</summary>
public sealed class IdempotentCalls(AnswerStore store, ChargeIntents intents, IOptions<IdempotencyOptions> options, TimeProvider time)
{
    /// <param name="account">The tenant's.</param>
    /// <param name="key">As the caller sent it.</param>
    /// <param name="fingerprint">Of the request.</param>
    /// <param name="cancellation">Ends the waiting for storage.</param>
    /// <exception cref="RefusedException">409: the first call still runs; 422: it was another call.</exception>
    public async Task<Begun> BeginAsync(string account, string key, string fingerprint, CancellationToken cancellation)
    {
        var row = NewRow(account, IdempotencyKey.Hash(key), fingerprint);
        // What takes the key is not cut where the caller goes: whoever has taken it has to know, or nobody gives it back.
        if (await store.TryBeginAsync(row, CancellationToken.None))
        {
            return new(new StoredAnswer(row, store, intents), null);
        }

        if (await store.FindAsync(account, row.RowKey, cancellation) is not { } known)
        {
            // It has been removed in between; the caller may come again.
            throw InFlight();
        }

        if (known.Expires > time.GetUtcNow())
        {
            if (known.Fingerprint != fingerprint)
            {
                throw Reused();
            }

            if (known.Progress == AnswerState.Done || await WasChargedAsync(known, cancellation))
            {
                return new(null, known);
            }
        }

        row.ETag = known.ETag;
        return await store.TryReplaceAsync(row, CancellationToken.None) ? new(
            new StoredAnswer(row, store, intents), null) : throw InFlight();
    }

    public static RefusedException InFlight() => RefusedException.TryAgain(
        StatusCodes.Status409Conflict,
        "idempotency_in_flight",
        $"The first request with this {IdempotencyKey.Header} is still running; try again in a second.",
        TimeSpan.FromSeconds(1),
        IdempotencyKey.Header);

    public static RefusedException Reused() => new(
        StatusCodes.Status422UnprocessableEntity, "idempotency_key_reused",
        $"This {IdempotencyKey.Header} was already used for a different request; send a new key with a new request.",
        IdempotencyKey.Header);

    /// <summary>Whether a call that was not finished was charged. If it was, its row says so afterwards.</summary>
    /// <exception cref="RefusedException">It may still be running.</exception>
    private async Task<bool> WasChargedAsync(AnswerRow known, CancellationToken cancellation)
    {
        switch (await intents.ResolveAsync(known.Intent, known.Started + options.Value.Lapse, cancellation))
        {
            case ChargeOutcome.NotYet:
                throw InFlight();
            case ChargeOutcome.Charged:
                known.Progress = AnswerState.Done;
                await store.TryReplaceAsync(known, CancellationToken.None);
                return true;
            default:
                return false;
        }
    }

    private AnswerRow NewRow(string account, string hash, string fingerprint)
    {
        var now = time.GetUtcNow();
        return new() { PartitionKey = account, RowKey = hash, Fingerprint = fingerprint, Started = now,
            Expires = now + options.Value.Kept };
    }
}
