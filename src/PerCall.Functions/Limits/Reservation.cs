namespace PerCall.Functions.Limits;

/// <summary>What a call delivers, and what it costs.</summary>
/// <param name="FreeUnits">Units that the plan includes.</param>
/// <param name="Charge">Micro-units of the currency for the others.</param>
/// <param name="Lease">Number of the lease that it comes out of; 0: none was needed.</param>
/// <param name="Generation">The journal's generation in which the lease was taken; null: none was needed.</param>
internal readonly record struct Settlement(long FreeUnits, long Charge, long Lease, string? Generation);

/// <summary>The highest price that a call can have, set aside until it is settled or disposed of.</summary>
internal sealed class Reservation : IDisposable
{
    /// <summary>When it was made; decides the month.</summary>
    public DateTimeOffset Time => throw new NotImplementedException();

    /// <summary>Says what was delivered: at most the units reserved. Called right before the event is appended to the journal, once.</summary>
    public Settlement Settle(long units) => throw new NotImplementedException();

    /// <summary>The event is on disk.</summary>
    public void Commit() => throw new NotImplementedException();

    /// <summary>How the event that takes a committed settlement back is to be tagged; amounts as settled.</summary>
    public Settlement BeginVoid() => throw new NotImplementedException();

    /// <summary>Takes a committed settlement back: its event has been voided in the journal.</summary>
    public void Void() => throw new NotImplementedException();

    /// <summary>Gives back what was not committed.</summary>
    public void Dispose() => throw new NotImplementedException();
}
