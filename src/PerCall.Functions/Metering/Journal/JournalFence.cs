namespace PerCall.Functions.Metering.Journal;

/// <summary>Closes the journal of an instance that is taken for dead, so that what it has written is all that it ever will have.</summary>
internal sealed class JournalFence
{
    /// <summary>Fences the chain, wherever it has got to by now, and returns all events behind a position. Can be done any number of times.</summary>
    public IAsyncEnumerable<UsageEvent> CloseAsync(JournalPosition from, CancellationToken cancellation) => throw new NotImplementedException();
}
