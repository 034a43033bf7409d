namespace PerCall.Client.Wire;

/// <summary>A file, in OpenAI's format.</summary>
public sealed record StoredFile
{
    /// <summary>The file's id.</summary>
    public required string Id { get; init; }

    /// <summary><c>file</c>.</summary>
    public string Object { get; init; } = "file";

    /// <summary>The length in bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>Seconds since 1970.</summary>
    public required long CreatedAt { get; init; }

    /// <summary>When the file will be deleted, in seconds since 1970.</summary>
    public required long ExpiresAt { get; init; }

    /// <summary>The file's name.</summary>
    public required string Filename { get; init; }

    /// <summary><c>batch</c> or <c>batch_output</c>.</summary>
    public required string Purpose { get; init; }

    /// <summary><c>processed</c>: the file is available.</summary>
    public string Status { get; init; } = "processed";
}

/// <summary>Files, newest first.</summary>
public sealed record StoredFileList
{
    /// <summary><c>list</c>.</summary>
    public string Object { get; init; } = "list";

    /// <summary>The files.</summary>
    public required IReadOnlyList<StoredFile> Data { get; init; }

    /// <summary>The id of the first file.</summary>
    public string? FirstId { get; init; }

    /// <summary>The id of the last file: <c>after</c> for the next page.</summary>
    public string? LastId { get; init; }

    /// <summary>Whether more files follow.</summary>
    public required bool HasMore { get; init; }
}

/// <summary>The answer to <c>DELETE /v1/files/{id}</c>.</summary>
public sealed record DeletedFile(string Id, bool Deleted)
{
    /// <summary><c>file</c>.</summary>
    public string Object { get; init; } = "file";
}

/// <summary>The body of <c>POST /v1/uploads</c>.</summary>
public sealed record CreateUploadRequest
{
    /// <summary>The file's name. Its extension determines the format when the content does not.</summary>
    public string? Filename { get; init; }

    /// <summary>
    /// The task, as in <c>GET /v1/models</c>, of a batch that starts when the upload is complete. If omitted, the file waits for
    /// <c>POST /v1/batches</c>.
    /// </summary>
    public string? Task { get; init; }

    /// <summary>With <see cref="Task"/>: the model as name, name/version or name/alias.</summary>
    public string? Model { get; init; }

    /// <summary>With <see cref="Task"/>: the file's text encoding, for example <c>windows-1252</c>; <c>utf-8</c> is the default.</summary>
    public string? Encoding { get; init; }

    /// <summary>With <see cref="Task"/>: an https address that receives an event when the batch has ended.</summary>
    public string? Webhook { get; init; }
}

/// <summary>An address for uploading a file, directly to storage or through the service.</summary>
public sealed record Upload
{
    /// <summary>The address. Anyone who has it can write this one file.</summary>
    public required Uri Url { get; init; }

    /// <summary><c>PUT</c>.</summary>
    public required string Method { get; init; }

    /// <summary>Headers that the upload must have.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>Seconds since 1970.</summary>
    public required long ExpiresAt { get; init; }

    /// <summary>The blob that the file is written to.</summary>
    public required string Path { get; init; }

    /// <summary>The file's id, if the file waits for <c>POST /v1/batches</c>.</summary>
    public string? FileId { get; init; }

    /// <summary>The maximum size of the file in bytes, if the address leads to the service and the service limits it.</summary>
    public long? MaxBytes { get; init; }
}
