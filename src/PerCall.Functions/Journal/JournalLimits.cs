namespace PerCall.Functions.Journal;

/// <summary>The limits of the journal.</summary>
public sealed record JournalLimits
{
    /// <summary>Maximum appends to one blob. Storage allows 50,000; fences of other instances need some of them.</summary>
    public int BlocksPerBlob { get; init; } = 40_000;

    /// <summary>Maximum bytes of one append.</summary>
    public int BytesPerAppend { get; init; } = 4 << 20;

    /// <summary>Maximum bytes of one event's line.</summary>
    public int BytesPerLine { get; init; } = 64 << 10;

    /// <summary>Maximum events that may wait at once.</summary>
    public int Waiting { get; init; } = 100_000;

    /// <summary>How long an event waits for storage before it fails, if it was certainly not written.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long storage may fail before new calls are refused at once.</summary>
    public TimeSpan BreakAfter { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The longest pause between two attempts.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(2);
}
