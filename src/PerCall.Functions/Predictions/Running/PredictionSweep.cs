using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace PerCall.Functions.Predictions.Running;

/// <summary>Sends again what has no message any more, tells ends that were not told, and removes what is no longer kept.</summary>
public sealed partial class PredictionSweep
{
    private const int MostDoublings = 6;

    /// <summary>Blobs are a little older than the rows that name them, and may be younger by a run.</summary>
    private static readonly TimeSpan BlobsBeyondRows = TimeSpan.FromHours(1);

    private readonly PredictionStore _store;
    private readonly PredictionQueue _queue;
    private readonly PredictionRunner _runner;
    private readonly PredictionEnds _ends;
    private readonly TimeSpan _kept;
    private readonly TimeProvider _time;
    private readonly ILogger<PredictionSweep> _log;

    public PredictionSweep(
        PredictionStore store, PredictionQueue queue, PredictionRunner runner, PredictionEnds ends, IOptions<PredictionOptions> options, TimeProvider time, ILogger<PredictionSweep> log) =>
        (_store, _queue, _runner, _ends, _kept, _time, _log) = (store, queue, runner, ends, options.Value.Kept, time, log);

    public Task ResendAsync(CancellationToken cancellation) => ForEachAccountAsync(account => ResendAsync(account, cancellation), cancellation);

    public async Task ExpireAsync(CancellationToken cancellation)
    {
        await ForEachAccountAsync(account => ExpireAsync(account, cancellation), cancellation);
        await _store.RemoveBlobsAsync(_time.GetUtcNow() - _kept - BlobsBeyondRows, cancellation);
    }

    private async Task ResendAsync(string account, CancellationToken cancellation)
    {
        // Turns that were not given on, because an instance ended or they have lapsed.
        await _store.Turns.AdvanceAsync(account, row => _queue.SendAsync(row, cancellation), cancellation);
        var now = _time.GetUtcNow();
        await foreach (var row in _store.Rows.OverdueAsync(account, now, cancellation))
        {
            if (row.HasEnded)
            {
                await _ends.FinishAsync(row, cancellation);
                continue;
            }

            // Its message may be there all the same, behind many others: each further one comes after twice the time.
            row.LookAfter = now + (_queue.Grace * (1 << Math.Min(row.Resent, MostDoublings)));
            row.Resent++;
            if (await _store.Rows.TryReplaceAsync(row, cancellation))
            {
                await _queue.SendAsync(account, row.Id, TimeSpan.Zero, cancellation);
                LogResent(row.Id);
            }
        }
    }

    private async Task ExpireAsync(string account, CancellationToken cancellation)
    {
        await foreach (var row in _store.Rows.BeforeAsync(account, _time.GetUtcNow() - _kept, cancellation))
        {
            if (!row.HasEnded)
            {
                // It is told, and seen for an hour, before it is removed.
                await _runner.GiveUpAsync(account, row.Id, "prediction_expired", "The prediction had not come to its turn within the time for which it is kept.", cancellation);
            }
            else if (row.LookAfter is null)
            {
                await _store.Rows.TryRemoveAsync(row, row.Alias is { } alias ? [alias] : [], cancellation);
            }
        }

        if (!await _store.Rows.AnyAsync(account, cancellation))
        {
            await _store.Turns.ForgetAsync(account, cancellation);
            await _store.Rows.Accounts.ForgetAsync(account, cancellation);
        }
    }

    private async Task ForEachAccountAsync(Func<string, Task> step, CancellationToken cancellation)
    {
        await foreach (var account in _store.Rows.Accounts.ListAsync(cancellation))
        {
            try
            {
                await step(account);
            }
            catch (Exception e) when (!cancellation.IsCancellationRequested)
            {
                // The others are not to wait for it.
                LogFailed(e, account);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Prediction {Id} had no message, and has one again")]
    private partial void LogResent(string id);

    [LoggerMessage(Level = LogLevel.Error, Message = "Predictions of {Account} could not be looked after; this is tried again")]
    private partial void LogFailed(Exception exception, string account);
}
