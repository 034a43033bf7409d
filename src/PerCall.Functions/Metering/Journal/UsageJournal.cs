namespace PerCall.Functions.Metering.Journal;

/// <summary>This instance's journal.</summary>
internal sealed class UsageJournal
{
    /// <summary>Where the journal ends now; opens it if need be. The generation changes when the journal has been fenced.</summary>
    public ValueTask<JournalPosition> PositionAsync(CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Returns when the event is on disk, together with all others that were waiting.</summary>
    /// <param name="usage">The event.</param>
    /// <param name="generation">The generation in which the event's allowance was leased; null where that does not matter.</param>
    /// <exception cref="JournalFencedException">The event is not written and never will be.</exception>
    public Task AppendAsync(UsageEvent usage, string? generation) => throw new NotImplementedException();
}
