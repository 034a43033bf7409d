namespace PerCall.Functions.Idempotency;

/// <summary>Removes answers whose time is over.</summary>
public sealed class AnswerSweep
{
    private readonly AnswerStore _store;
    private readonly TimeProvider _time;

    internal AnswerSweep(AnswerStore store, TimeProvider time) => (_store, _time) = (store, time);

    public async Task RunAsync(CancellationToken cancellation)
    {
        await foreach (var row in _store.ExpiredAsync(_time.GetUtcNow(), cancellation))
        {
            await _store.RemoveAsync(row, cancellation);
        }
    }
}
