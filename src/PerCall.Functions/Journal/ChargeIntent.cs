namespace PerCall.Functions.Journal;

/// <summary>
/// What work that is charged once writes down, with its result and before it appends its charge. After a crash,
/// <see cref="ChargeIntents.ResolveAsync"/> decides from it whether the work was charged.
/// </summary>
/// <param name="Charge">The id of the event.</param>
/// <param name="Position">The journal's end before the append. The event is behind it or nowhere.</param>
public readonly record struct ChargeIntent(string Charge, JournalPosition Position)
{
    /// <summary>The event may only be appended to this generation. Nobody looks for it in another one.</summary>
    public string Generation => Position.Generation;
}

/// <summary>Whether work was charged.</summary>
public enum ChargeOutcome
{
    /// <summary>The work may still be running. Its journal is left open.</summary>
    NotYet,

    /// <summary>The charge is in the journal.</summary>
    Charged,

    /// <summary>The charge is not in the journal and never will be: the work can run again.</summary>
    NotCharged,
}
