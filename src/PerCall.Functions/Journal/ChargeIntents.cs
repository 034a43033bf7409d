namespace PerCall.Functions.Journal;

/// <summary>
/// Appends a charge exactly once, although the process can end at any point:
/// <list type="number">
/// <item><see cref="PrepareAsync"/> returns the intent.</item>
/// <item>The caller stores it with the result, by a conditional write.</item>
/// <item>
/// The charge is appended to the intent's generation only: by <see cref="TryAppendAsync"/>, or by a metered call. Such a call names the
/// generation of its lease, if it has one. That is the intent's generation, or an older one, which the journal refuses.
/// </item>
/// <item>The caller records the charge. If this record is missing, any process calls <see cref="ResolveAsync"/>.</item>
/// </list>
/// </summary>
public sealed class ChargeIntents(UsageJournal journal, JournalFence fence, TimeProvider time)
{
    /// <summary>
    /// Returns the intent to append a charge to this instance's journal. Needs no storage operation while the journal is open.
    /// </summary>
    /// <param name="charge">The id of the charge's first event.</param>
    /// <param name="cancellation">Cancels the wait for storage.</param>
    /// <exception cref="Requests.RefusedException">503: storage is unavailable.</exception>
    public async ValueTask<ChargeIntent> PrepareAsync(string charge, CancellationToken cancellation) =>
        new(charge, await journal.PositionAsync(cancellation));

    /// <summary>Appends the charge to the intent's generation. Returns when its events are on disk or can no longer be written.</summary>
    /// <param name="intent">The intent, already stored, so that any process can resolve it.</param>
    /// <param name="usage">The events; the first one's id must be the intent's.</param>
    /// <returns>True: the events are on disk. False: the journal was closed; no event is in it and none ever will be.</returns>
    /// <exception cref="Requests.RefusedException">
    /// 503: too many events are waiting, or storage has been unavailable for too long. Nothing is written.
    /// </exception>
    public async Task<bool> TryAppendAsync(ChargeIntent intent, UsageEvents usage)
    {
        try
        {
            await journal.AppendAsync(usage, intent.Generation);
            return true;
        }
        catch (JournalFencedException)
        {
            return false;
        }
    }

    /// <summary>
    /// Decides whether work that did not report its end was charged. Closes the intent's journal first, so that the result stays true even
    /// if the instance is only slow.
    /// </summary>
    /// <param name="intent">The stored intent; null: the work stored none, so it appended nothing.</param>
    /// <param name="aliveUntil">
    /// The instance counts as alive until this time, and nothing is decided before; null: no instance runs the work.
    /// </param>
    /// <param name="cancellation">Cancels the wait for storage.</param>
    /// <exception cref="Azure.RequestFailedException">Storage is unavailable. Nothing is decided.</exception>
    /// <exception cref="System.Text.Json.JsonException">The journal cannot be read. Nothing is decided.</exception>
    public async Task<ChargeOutcome> ResolveAsync(ChargeIntent? intent, DateTimeOffset? aliveUntil, CancellationToken cancellation)
    {
        if (time.GetUtcNow() < aliveUntil)
        {
            return ChargeOutcome.NotYet;
        }

        return intent is { } made && await fence.HoldsAsync(made.Position, made.Charge, cancellation)
            ? ChargeOutcome.Charged
            : ChargeOutcome.NotCharged;
    }
}
