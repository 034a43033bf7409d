using Azure;

namespace PerCall.Functions.Batches.Uploads;

/// <summary>The data of an upload address that the uploaded file itself does not carry.</summary>
public sealed record UploadNote
{
    /// <summary>The account that owns the address.</summary>
    public required string Account { get; init; }

    /// <summary>The container and name of the blob. They identify the note.</summary>
    public required string Blob { get; init; }

    /// <summary>The id of the API key that requested the address.</summary>
    public required string Key { get; init; }

    public string? Webhook { get; init; }

    public string? Encoding { get; init; }

    /// <summary>When the address expires.</summary>
    public required DateTimeOffset Expires { get; init; }

    /// <summary>The job of the first version of the file; null: no file has arrived.</summary>
    public string? Job { get; init; }

    /// <summary>The row key of a note that was read from storage.</summary>
    public string Row { get; init; } = "";

    /// <summary>The ETag of a note that was read from storage.</summary>
    public ETag ETag { get; init; }
}
