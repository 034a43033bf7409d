namespace PerCall.Client.Wire;

/// <summary>The answer of <c>POST /manage/v1/usage/export</c>.</summary>
public sealed record UsageExport
{
    /// <summary>The file's name; absent if there were no new events.</summary>
    public string? File { get; init; }

    /// <summary>The number of events in the file. If it is 0, no file was written.</summary>
    public required long Events { get; init; }

    /// <summary>The length of the file in bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>The earliest time of an event in the file.</summary>
    public DateTimeOffset? First { get; init; }

    /// <summary>The latest time of an event in the file.</summary>
    public DateTimeOffset? Last { get; init; }
}
