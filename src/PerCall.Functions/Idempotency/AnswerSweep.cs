namespace PerCall.Functions.Idempotency;

/// <summary>Deletes expired answers.</summary>
public sealed class AnswerSweep(AnswerStore store, TimeProvider time)
{
    public async Task RunAsync(CancellationToken cancellation)
    {
        await foreach (var row in store.ExpiredAsync(time.GetUtcNow(), cancellation))
        {
            await store.RemoveAsync(row, cancellation);
        }
    }
}
