namespace PerCall.Functions.Journal;

/// <summary>
/// Appends a charge exactly once, although the process can end at any point:
/// <list type="number">
/// <item><see cref="PrepareAsync"/> gives the intent.</item>
/// <item>The caller stores it with the result, by a conditional write.</item>
/// <item>
/// The charge is appended to the intent's generation only: by <see cref="TryAppendAsync"/>, or by a metered call. Such a call names the
/// generation of its lease where it has one. That is the intent's, or an older one, which the journal refuses.
/// </item>
/// <item>The caller stores that it is charged. If this is missing, any process calls <see cref="ResolveAsync"/>.</item>
/// </list>
/// </summary>
public sealed class ChargeIntents(UsageJournal journal, JournalFence fence, TimeProvider time)
{
    /// <summary>The intent to append a charge to this instance's journal. Needs no storage operation while the journal is open.</summary>
    /// <param name="charge">The id of the event.</param>
    /// <param name="cancellation">Ends the waiting for storage.</param>
    /// <exception cref="Requests.RefusedException">503: storage does not answer.</exception>
    public async ValueTask<ChargeIntent> PrepareAsync(string charge, CancellationToken cancellation) =>
        new(charge, await journal.PositionAsync(cancellation));

    /// <summary>Returns true when the event is on disk.</summary>
    /// <param name="intent">Stored before, so that any process can resolve it.</param>
    /// <param name="usage">The event; its id is the intent's.</param>
    /// <returns>False: the journal was closed. The event is not in it and never will be.</returns>
    /// <exception cref="Requests.RefusedException">503: too many events wait, or storage has not answered for long. Nothing is
    /// written.</exception>
    public async Task<bool> TryAppendAsync(ChargeIntent intent, UsageEvent usage)
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
    /// Decides whether work that did not report its end was charged. Closes the journal of the intent first, so that the answer stays true,
    /// also when the instance is only slow.
    /// </summary>
    /// <param name="intent">As it was stored; null: the work has not stored one, so it has appended nothing.</param>
    /// <param name="aliveUntil">Until then the instance counts as alive, and nothing is decided; null: no instance runs the work.</param>
    /// <param name="cancellation">Ends the waiting for storage.</param>
    /// <exception cref="Azure.RequestFailedException">Storage does not answer. Nothing is decided.</exception>
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
