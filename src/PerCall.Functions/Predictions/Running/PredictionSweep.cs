using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.Functions.Storage.Turns;

namespace PerCall.Functions.Predictions.Running;

/// <summary>Sends messages again that were lost, reports ends that were not reported, and deletes expired predictions.</summary>
public sealed class PredictionSweep
{
    /// <summary>
    /// How much longer blobs are kept than rows. A blob is slightly older than the row that names it, or younger by one run.
    /// </summary>
    private static readonly TimeSpan BlobsBeyondRows = TimeSpan.FromHours(1);

    private readonly PredictionStore _store;
    private readonly PredictionRunner _runner;
    private readonly PredictionEnds _ends;
    private readonly TimeSpan _kept;
    private readonly TimeProvider _time;
    private readonly TurnSweep<PredictionRow> _sweep;

    public PredictionSweep(
        PredictionStore store, PredictionMessages queue, PredictionRunner runner, PredictionEnds ends,
        IOptions<PredictionOptions> options, TimeProvider time, ILogger<PredictionSweep> log) =>
        (_store, _runner, _ends, _kept, _time, _sweep) =
            (store, runner, ends, options.Value.Kept, time, new("Prediction", store.Rows, store.Turns, queue, time, log));

    /// <returns>When the next check is due; null: nothing is open.</returns>
    public Task<DateTimeOffset?> ResendAsync(CancellationToken cancellation) => _sweep.ResendAsync(
        async row =>
        {
            if (!row.HasEnded)
            {
                return false;
            }

            await _ends.FinishAsync(row, cancellation);
            return true;
        },
        cancellation);

    public async Task ExpireAsync(CancellationToken cancellation)
    {
        await _sweep.ExpireAsync(account => ExpireAsync(account, cancellation), cancellation);
        await _store.RemoveBlobsAsync(_time.GetUtcNow() - _kept - BlobsBeyondRows, cancellation);
    }

    private async Task ExpireAsync(string account, CancellationToken cancellation)
    {
        await foreach (var row in _store.Rows.BeforeAsync(account, _time.GetUtcNow() - _kept, cancellation))
        {
            if (!row.HasEnded)
            {
                // The end is reported and stays visible for an hour before the prediction is deleted.
                await _runner.GiveUpAsync(
                    account, row.Id, "prediction_expired", "The prediction expired before it could run.", cancellation);
            }
            else if (row.LookAfter is null)
            {
                await _store.Rows.TryRemoveAsync(row, row.Alias is { } alias ? [alias] : [], cancellation);
            }
        }
    }
}
