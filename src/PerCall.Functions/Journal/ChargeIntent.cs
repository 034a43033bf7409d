namespace PerCall.Functions.Journal;

/// <summary>
/// The intent to append one charge. The work stores it with its result, before it appends the charge. After a crash,
/// <see cref="ChargeIntents.ResolveAsync"/> uses it to decide whether the work was charged.
/// </summary>
/// <param name="Charge">The id of the charge's first event.</param>
/// <param name="Position">The journal's end before the append. The event is after this position or does not exist.</param>
public readonly record struct ChargeIntent(string Charge, JournalPosition Position)
{
    /// <summary>The only generation that the event may be appended to. The event is never searched in another one.</summary>
    public string Generation => Position.Generation;
}

/// <summary>Whether work was charged.</summary>
public enum ChargeOutcome
{
    /// <summary>The work may still be running. Its journal stays open.</summary>
    NotYet,

    /// <summary>The charge is in the journal.</summary>
    Charged,

    /// <summary>The charge is not in the journal and never will be, so the work can run again.</summary>
    NotCharged,
}
