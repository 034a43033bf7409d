namespace PerCall.Client.Wire;

/// <summary>The answer of <c>POST /manage/v1/usage/export</c>.</summary>
public sealed record UsageExport
{
    /// <summary>The file's name; absent where nothing was new.</summary>
    public string? File { get; init; }

    /// <summary>Events in it; 0: nothing was new, and no file was written.</summary>
    public required long Events { get; init; }

    /// <summary>Its length.</summary>
    public required long Bytes { get; init; }

    /// <summary>The earliest time of an event in it.</summary>
    public DateTimeOffset? First { get; init; }

    /// <summary>The latest.</summary>
    public DateTimeOffset? Last { get; init; }
}
