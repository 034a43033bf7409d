using PerCall.Functions.Journal;
using PerCall.Functions.Metering;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Idempotency;

/// <summary>The place where a running call keeps its answer, before it is charged.</summary>
public sealed class StoredAnswer(AnswerRow row, AnswerStore store, UsageJournal journal) : IKeptAnswer
{
    public string? Generation => row.JournalGeneration;

    /// <summary>With <see cref="Durability.Async"/> charges may be lost, here as elsewhere.</summary>
    public bool NeedsCharge => false;

    public AnswerState Progress => row.Progress;

    /// <exception cref="RefusedException">The call took so long that a repetition of it has taken its place.</exception>
    public async Task KeepAsync(UsageEvent charge, byte[] body)
    {
        var position = await journal.PositionAsync(CancellationToken.None);
        (row.JournalGeneration, row.JournalBlob, row.JournalOffset) = (position.Generation, position.Blob, position.Offset);
        (row.Charge, row.Cost, row.Units) = (charge.Id, charge.Charge, charge.Units);
        await store.KeepBodyAsync(row, body, CancellationToken.None);
        row.Progress = AnswerState.Answered;
        if (!await store.TryReplaceAsync(row, CancellationToken.None))
        {
            throw IdempotentCalls.InFlight();
        }
    }

    /// <summary>The charge is on disk. Where this is not noted, a repetition finds it in the journal.</summary>
    public async Task ConfirmAsync()
    {
        row.Progress = AnswerState.Done;
        await store.TryReplaceAsync(row, CancellationToken.None);
    }

    /// <summary>The call came to no answer, or to none that was charged: its key can be used again.</summary>
    public Task DropAsync() => store.RemoveAsync(row, CancellationToken.None);
}
