using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PerCall.Functions.Journal;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Idempotency;

/// <summary>A new call to run, or the stored answer of an earlier one.</summary>
public readonly record struct Begun(StoredAnswer? Running, AnswerRow? Done);

/// <summary>Decides whether a call with an Idempotency-Key is new or repeated.</summary>
public sealed class IdempotentCalls(AnswerStore store, ChargeIntents intents, IOptions<IdempotencyOptions> options, TimeProvider time)
{
    /// <param name="account">The tenant's account.</param>
    /// <param name="key">The Idempotency-Key as the caller sent it.</param>
    /// <param name="fingerprint">The fingerprint of the request.</param>
    /// <param name="cancellation">Cancels the wait for storage.</param>
    /// <exception cref="RefusedException">409: the first call is still running. 422: the key was used for a different request.</exception>
    public async Task<Begun> BeginAsync(string account, string key, string fingerprint, CancellationToken cancellation)
    {
        var row = NewRow(account, IdempotencyKey.Hash(key), fingerprint);
        // The write that takes the key is not cancelled when the caller goes. The owner must know that it has the key, or the key is never
        // released.
        if (await store.TryBeginAsync(row, CancellationToken.None))
        {
            return new(new StoredAnswer(row, store, intents), null);
        }

        if (await store.FindAsync(account, row.RowKey, cancellation) is not { } known)
        {
            // The row has been removed in the meantime; the caller may try again.
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

    /// <summary>Returns whether an unfinished call was charged. If it was, records that in its row.</summary>
    /// <exception cref="RefusedException">409: the call may still be running.</exception>
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
        return new()
        {
            PartitionKey = account,
            RowKey = hash,
            Fingerprint = fingerprint,
            Started = now,
            Expires = now + options.Value.Kept
        };
    }
}
