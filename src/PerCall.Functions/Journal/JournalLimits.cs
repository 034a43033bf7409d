namespace PerCall.Functions.Journal;

/// <summary>Where the journal stops taking more.</summary>
public sealed record JournalLimits
{
    /// <summary>Appends to one blob; the service takes 50,000, and fences of others need some of them.</summary>
    public int BlocksPerBlob { get; init; } = 40_000;

    /// <summary>Bytes of one append.</summary>
    public int BytesPerAppend { get; init; } = 4 << 20;

    /// <summary>Bytes of one event's line.</summary>
    public int BytesPerLine { get; init; } = 64 << 10;

    /// <summary>Events that wait at once.</summary>
    public int Waiting { get; init; } = 100_000;

    /// <summary>How long an event waits for storage before it is given up, if it surely is not written.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long storage may fail before calls are refused at once.</summary>
    public TimeSpan BreakAfter { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The longest pause between two tries.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(2);
}
