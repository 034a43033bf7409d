namespace PerCall.Client.Wire;

/// <summary>A file, in OpenAI's form.</summary>
public sealed record StoredFile
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary><c>file</c>.</summary>
    public string Object { get; init; } = "file";

    /// <summary>Its length.</summary>
    public required long Bytes { get; init; }

    /// <summary>Seconds since 1970.</summary>
    public required long CreatedAt { get; init; }

    /// <summary>When it will be removed.</summary>
    public required long ExpiresAt { get; init; }

    /// <summary>Its name.</summary>
    public required string Filename { get; init; }

    /// <summary><c>batch</c> or <c>batch_output</c>.</summary>
    public required string Purpose { get; init; }

    /// <summary><c>processed</c>: it is there.</summary>
    public string Status { get; init; } = "processed";
}

/// <summary>Files, the newest first.</summary>
public sealed record StoredFileList
{
    /// <summary><c>list</c>.</summary>
    public string Object { get; init; } = "list";

    /// <summary>The files.</summary>
    public required IReadOnlyList<StoredFile> Data { get; init; }

    /// <summary>Of the first one.</summary>
    public string? FirstId { get; init; }

    /// <summary>Of the last one; the next page's <c>after</c>.</summary>
    public string? LastId { get; init; }

    /// <summary>Whether there are more.</summary>
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
    /// <summary>The file's name; its ending says what it is where its content does not.</summary>
    public string? Filename { get; init; }

    /// <summary>For a batch that begins by itself when the file is there: what to do with it, as <c>GET /v1/models</c> names tasks. Left out: the file waits for <c>POST /v1/batches</c>.</summary>
    public string? Task { get; init; }

    /// <summary>With <see cref="Task"/>: the model, as name, name/version or name/alias.</summary>
    public string? Model { get; init; }

    /// <summary>With <see cref="Task"/>: the file's text encoding, for example <c>windows-1252</c>; <c>utf-8</c> is the default.</summary>
    public string? Encoding { get; init; }

    /// <summary>With <see cref="Task"/>: an https address that is told when the batch has ended.</summary>
    public string? Webhook { get; init; }
}

/// <summary>Where a file can be sent to, straight into storage.</summary>
public sealed record Upload
{
    /// <summary>The address; whoever has it may write this one file.</summary>
    public required Uri Url { get; init; }

    /// <summary><c>PUT</c>.</summary>
    public required string Method { get; init; }

    /// <summary>Headers that have to come with it.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>Seconds since 1970.</summary>
    public required long ExpiresAt { get; init; }

    /// <summary>Where the file will lie.</summary>
    public required string Path { get; init; }

    /// <summary>Where it waits for <c>POST /v1/batches</c>: its id.</summary>
    public string? FileId { get; init; }
}
