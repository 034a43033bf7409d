using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.Client.Wire;
using PerCall.Functions.Idempotency;
using PerCall.Functions.Metering;
using PerCall.Functions.Predictions.Running;
using PerCall.Functions.Pricing;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;
using PerCall.Functions.Storage;
using PerCall.Functions.Tenancy;
using PerCall.Functions.Webhooks;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Predictions;

/// <summary>Creates, reads and cancels predictions for tenants.</summary>
public sealed partial class PredictionBook(
    TaskScorers scorers, ModelRegistry registry, PredictionStore store, PredictionMessages queue, PredictionEnds ends, WebhookOutbox outbox,
    IOptions<PredictionOptions> options, TimeProvider time, ILogger<PredictionBook> log)
{
    private const string AliasPrefix = "k|";
    private const int OtherBytes = 16 * 1024;

    private readonly TimeSpan _look = options.Value.LookInterval;
    private readonly int _maxWaiting = options.Value.MaxWaiting;

    /// <summary>Maximum size of a request's body in bytes, whatever its task.</summary>
    public int MaxBytes => scorers.All.Max(s => s.MaxBytes) + OtherBytes;

    /// <summary>Accepts a prediction, once per Idempotency-Key, after all checks that are possible before it runs.</summary>
    /// <param name="caller">The caller who pays.</param>
    /// <param name="metered">The metered call of the request, which itself costs nothing.</param>
    /// <param name="body">The body of the request.</param>
    /// <param name="key">The Idempotency-Key; null: none was sent.</param>
    /// <param name="fingerprint">The fingerprint of the request.</param>
    /// <param name="cancellation">Cancels the wait for storage.</param>
    /// <returns>The row, and whether it already existed.</returns>
    /// <exception cref="RefusedException">
    /// The prediction cannot run, the key was used for a different request, or too many predictions are waiting (429).
    /// </exception>
    public async Task<(PredictionRow Row, bool Replayed)> CreateAsync(
        Caller caller, MeteredCall metered, RentedBody body, string? key, string fingerprint, CancellationToken cancellation)
    {
        var alias = key is null ? null : AliasPrefix + IdempotencyKey.Hash(key);
        if (alias is not null && await store.Rows.FindByAliasAsync(caller.Account, alias, cancellation) is { } known)
        {
            return (Same(known, fingerprint), true);
        }

        var input = PredictionInput.Parse(body.Span, scorers);
        if (input.Webhook is { } webhook)
        {
            outbox.Check(webhook, "webhook");
        }

        await metered.ReserveAsync(input.Scorer.Operation, input.Model, input.Units, cancellation);
        // Reserved only to check that the caller can pay. The cost is reserved when the prediction runs.
        metered.ReleaseReservation();
        var manifest = await registry.ResolveAsync(input.Model, input.Scorer.Task, cancellation);
        var now = time.GetUtcNow();
        var row = new PredictionRow
        {
            Id = $"{PredictionRow.IdPrefix}{Guid.CreateVersion7():n}",
            Caller = caller with { Terms = TermsOf(caller.Terms, input.Scorer.Operation, manifest) },
            Task = ManifestNames.Of(manifest.Task),
            Model = manifest.Name,
            Version = manifest.Version,
            Webhook = input.Webhook,
            Fingerprint = alias is null ? null : fingerprint,
            Alias = alias,
            CreatedAt = now,
            LookAfter = now + queue.Grace,
        };
        if (await store.Turns.WaitingAsync(caller.Account, cancellation) >= _maxWaiting)
        {
            throw TooManyWait();
        }

        // From here on the request is not cancelled when the caller goes: an accepted prediction is also sent.
        await store.KeepInputAsync(row, input.Json, cancellation);
        if (!await store.Turns.TryAddAsync(
                row,
                () => throw TooManyWait(),
                alias is null ? [] : [TrackedTable<PredictionRow>.Alias(row, alias)],
                alias is null ? [] : [alias],
                CancellationToken.None)
            && await AddedBeforeAsync(row, fingerprint, cancellation) is { } other)
        {
            return (other, true);
        }

        await SendAsync(row, CancellationToken.None);
        return (row, false);
    }

    /// <summary>Returns when the prediction has ended, or after the given seconds.</summary>
    /// <exception cref="RefusedException">404: the prediction was deleted in the meantime.</exception>
    public async Task<PredictionRow> WaitAsync(PredictionRow row, int seconds, CancellationToken cancellation)
    {
        var (started, pause) = (time.GetTimestamp(), _look / 10);
        while (!row.HasEnded && time.GetElapsedTime(started) < TimeSpan.FromSeconds(seconds))
        {
            await Task.Delay(pause, time, cancellation);
            pause = TimeSpan.FromTicks(Math.Min(_look.Ticks, (long)(pause.Ticks * 1.5)));
            row = await store.Rows.RefreshAsync(row, cancellation) ?? throw Unknown(row.Id);
        }

        return row;
    }

    /// <exception cref="RefusedException">404: the tenant has no such prediction.</exception>
    public async Task<Prediction> GetAsync(Caller caller, string id, CancellationToken cancellation) =>
        await ToWireAsync(await FindAsync(caller, id, cancellation), cancellation);

    public async Task<Prediction> ToWireAsync(PredictionRow row, CancellationToken cancellation) =>
        row.ToWire(await store.OutputAsync(row, cancellation));

    /// <exception cref="RefusedException">The page begins after a prediction that does not exist.</exception>
    public async Task<PredictionList> ListAsync(Caller caller, Page page, CancellationToken cancellation)
    {
        var after = page.After is null ? null : await store.Rows.FindAsync(caller.Account, page.After, cancellation)
            ?? throw RefusedException.BadRequest(
                "invalid_after", $"'after' is '{page.After}'; expected the id of an existing prediction.", "after");
        var rows = await store.Rows.ListAsync(
            caller.Account, after, PredictionRow.Columns, cancellation).Take(page.Limit + 1).ToListAsync(cancellation);
        return new([.. rows.Take(page.Limit).Select(r => r.ToWire(output: null))], rows.Count > page.Limit);
    }

    /// <summary>Cancels a prediction. It is not charged.</summary>
    /// <exception cref="RefusedException">
    /// 404: the tenant has no such prediction. 409: the prediction has ended or is being charged.
    /// </exception>
    public async Task<Prediction> CancelAsync(Caller caller, string id, CancellationToken cancellation)
    {
        while (true)
        {
            var row = await FindAsync(caller, id, cancellation);
            if (row.Progress >= PredictionState.Answered)
            {
                throw new RefusedException(
                    StatusCodes.Status409Conflict, "prediction_ended",
                    $"The prediction '{row.Id}' {(row.HasEnded ? $"has ended as {row.State.ToLowerInvariant()}" : "is being charged")}; "
                        + "it can no longer be canceled.");
            }

            ends.Conclude(row, PredictionState.Canceled);
            if (await store.Turns.TryLeaveAsync(row, cancellation))
            {
                await FinishAsync(row);
                return row.ToWire(output: null);
            }
        }
    }

    /// <summary>Returns the part of a plan that a prediction needs.</summary>
    private static PlanTerms TermsOf(PlanTerms terms, Operation operation, ModelManifest manifest)
    {
        var price = terms.PriceOf(operation.Name, manifest.Name, operation.Unit)!;
        if (manifest.Fallback is { } fallback)
        {
            // A price for all models stays one, so that it is found for both. Without a price for the fallback, the model answers alone.
            return terms with
            {
                Prices = [.. new[] { price, terms.PriceOf(operation.Name, fallback.Model, operation.Unit) }.OfType<Price>().Distinct()],
                FreeUnits = terms.FreeUnits.Where(f => f.Key == price.Unit).ToDictionary(),
            };
        }

        return terms with { Prices = [price], FreeUnits = terms.FreeUnits.Where(f => f.Key == price.Unit).ToDictionary() };
    }

    private static PredictionRow Same(PredictionRow known, string fingerprint) =>
        known.Fingerprint == fingerprint ? known : throw IdempotentCalls.Reused();

    /// <summary>
    /// Returns the prediction that was accepted earlier with the same key. Returns null if it is this one: its first write succeeded, but
    /// the response was lost.
    /// </summary>
    private async Task<PredictionRow?> AddedBeforeAsync(PredictionRow row, string fingerprint, CancellationToken cancellation)
    {
        var there = row.Alias is { } alias ? await store.Rows.FindByAliasAsync(
            row.PartitionKey, alias, cancellation) : await store.Rows.FindAsync(row.PartitionKey, row.Id, cancellation);
        if (there?.Id == row.Id)
        {
            return null;
        }

        await store.DropInputAsync(row, cancellation);
        return there is null ? throw IdempotentCalls.InFlight() : Same(there, fingerprint);
    }

    private async Task SendAsync(PredictionRow row, CancellationToken cancellation)
    {
        try
        {
            // A waiting prediction gets its message with its turn.
            if (row.Place is null)
            {
                await queue.SendAsync(row, cancellation);
            }
            else
            {
                await store.Turns.AdvanceAsync(row.PartitionKey, next => queue.SendAsync(next, cancellation), cancellation);
            }
        }
        catch (Exception e)
        {
            // The prediction is accepted, and the sweep will send it.
            LogUnsent(e, row.Id);
        }
    }

    private async Task FinishAsync(PredictionRow row)
    {
        try
        {
            await ends.FinishAsync(row, CancellationToken.None);
        }
        catch (Exception e)
        {
            LogUnsent(e, row.Id);
        }
    }

    /// <summary>Finds a tenant's prediction. Another tenant's prediction looks like one that does not exist.</summary>
    private async Task<PredictionRow> FindAsync(Caller caller, string id, CancellationToken cancellation) =>
        await store.Rows.FindAsync(caller.Account, id, cancellation) ?? throw Unknown(id);

    private RefusedException TooManyWait() => RefusedException.TryAgain(
        StatusCodes.Status429TooManyRequests,
        "too_many_predictions",
        $"A tenant can have at most {_maxWaiting} waiting predictions; try again when some of them have ended.",
        TimeSpan.FromSeconds(10));

    private static RefusedException Unknown(string id) =>
        new(
            StatusCodes.Status404NotFound, "prediction_not_found",
            $"Prediction '{Page.Short(id)}' not found. Predictions are deleted after a while.");

    [LoggerMessage(Level = LogLevel.Warning, Message = "Failed to queue a message for prediction {Id}; the next sweep sends it")]
    private partial void LogUnsent(Exception exception, string id);
}
