using Microsoft.AspNetCore.Http;
using PerCall.Functions.Journal;
using PerCall.Functions.Metering;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Idempotency;

/// <summary>Stores the answer of a running call with its key, before the call is charged.</summary>
public sealed class StoredAnswer(AnswerRow row, AnswerStore store, ChargeIntents intents) : IKeptAnswer
{
    /// <summary>False: with <see cref="Durability.Async"/>, charges may be lost, here as elsewhere.</summary>
    public bool NeedsCharge => false;

    public AnswerState Progress => row.Progress;

    /// <summary>The response that gets the answer. Its headers that describe the body are stored too.</summary>
    public HttpResponse? Response { get; set; }

    /// <exception cref="RefusedException">409: the call took so long that a repeated call has replaced it.</exception>
    public async Task<ChargeIntent> KeepAsync(UsageEvents charge, byte[] body, string contentType = MeteredCall.JsonAnswer)
    {
        var intent = await intents.PrepareAsync(charge.Id, CancellationToken.None);
        row.MarkAnswered(intent, charge);
        row.ContentType = contentType == MeteredCall.JsonAnswer ? null : contentType;
        row.JsonLength = Response?.Headers.TryGetValue(AnswerHeaders.JsonLength, out var length) == true ? length.ToString() : null;
        row.AiGenerated = Response?.Headers.ContainsKey(AnswerHeaders.AiGenerated) == true;
        await store.KeepBodyAsync(row, body, CancellationToken.None);
        if (!await store.TryReplaceAsync(row, CancellationToken.None))
        {
            throw IdempotentCalls.InFlight();
        }

        return intent;
    }

    /// <summary>
    /// Records that the charge was sent to the journal. If this is not stored, a repeated call finds the charge in the journal.
    /// </summary>
    public async Task ConfirmAsync()
    {
        row.Progress = AnswerState.Done;
        await store.TryReplaceAsync(row, CancellationToken.None);
    }

    /// <summary>Releases the key. The call has no answer, or none that was charged, so the key can be used again.</summary>
    public Task DropAsync() => store.RemoveAsync(row, CancellationToken.None);
}
