using Azure;

namespace PerCall.Functions.Batches.Uploads;

/// <summary>What an upload cannot say itself.</summary>
public sealed record UploadNote
{
    /// <summary>Whose.</summary>
    public required string Account { get; init; }

    /// <summary>Container and name of the blob, which name it.</summary>
    public required string Blob { get; init; }

    /// <summary>The id of the key that asked for the address.</summary>
    public required string Key { get; init; }

    public string? Webhook { get; init; }

    public string? Encoding { get; init; }

    /// <summary>Until when its address works.</summary>
    public required DateTimeOffset Expires { get; init; }

    /// <summary>The job of the first version of the file; null: none has come.</summary>
    public string? Job { get; init; }

    /// <summary>The key of its row, of a note that was read.</summary>
    public string Row { get; init; } = "";

    /// <summary>Of the note as it was read.</summary>
    public ETag ETag { get; init; }
}
