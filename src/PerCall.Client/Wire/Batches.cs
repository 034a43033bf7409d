namespace PerCall.Client.Wire;

/// <summary>The body of <c>POST /v1/batches</c>, in OpenAI's form with a few members more.</summary>
public sealed record CreateBatchRequest
{
    /// <summary>A file of <c>POST /v1/files</c>, or of an address of <c>POST /v1/uploads</c>.</summary>
    public string? InputFileId { get; init; }

    /// <summary>The path of the single call: <c>/v1/images/classify</c>, <c>/v1/text/classify</c> or <c>/v1/recommend</c>.</summary>
    public string? Endpoint { get; init; }

    /// <summary><c>24h</c>, which is also the default.</summary>
    public string? CompletionWindow { get; init; }

    /// <summary>A model as name, name/version or name/alias; where it is left out, the first row names it.</summary>
    public string? Model { get; init; }

    /// <summary>The file's text encoding, for example <c>windows-1252</c>; <c>utf-8</c> is the default.</summary>
    public string? Encoding { get; init; }

    /// <summary>Up to 16 pairs, for the caller.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>An https address that is told when the batch has ended.</summary>
    public string? Webhook { get; init; }

    /// <summary>Taken for the sake of OpenAI's clients, and without effect: results are kept as long as all others.</summary>
    public System.Text.Json.JsonElement? OutputExpiresAfter { get; init; }
}

/// <summary>A batch. Times are seconds since 1970.</summary>
public sealed record Batch
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary><c>batch</c>.</summary>
    public string Object { get; init; } = "batch";

    /// <summary>The path of the single call.</summary>
    public required string Endpoint { get; init; }

    /// <summary>Why it failed.</summary>
    public BatchErrors? Errors { get; init; }

    /// <summary>The file it was made of; null where it began with an upload.</summary>
    public string? InputFileId { get; init; }

    /// <summary>The name of that file.</summary>
    public string? InputFile { get; init; }

    /// <summary><c>24h</c>.</summary>
    public required string CompletionWindow { get; init; }

    /// <summary><c>validating</c>, <c>failed</c>, <c>in_progress</c>, <c>finalizing</c>, <c>completed</c>, <c>expired</c>, <c>cancelling</c> or <c>cancelled</c>.</summary>
    public required string Status { get; init; }

    /// <summary>Rows that were delivered.</summary>
    public string? OutputFileId { get; init; }

    /// <summary>Rows that failed.</summary>
    public string? ErrorFileId { get; init; }

    /// <summary>When it was accepted.</summary>
    public required long CreatedAt { get; init; }

    /// <summary>When its first rows were given out.</summary>
    public long? InProgressAt { get; init; }

    /// <summary>When it ends with what is done then.</summary>
    public long? ExpiresAt { get; init; }

    /// <summary>When its results began to be put together.</summary>
    public long? FinalizingAt { get; init; }

    /// <summary>When it was completed.</summary>
    public long? CompletedAt { get; init; }

    /// <summary>When it failed.</summary>
    public long? FailedAt { get; init; }

    /// <summary>When it expired.</summary>
    public long? ExpiredAt { get; init; }

    /// <summary>When its cancelling was asked for.</summary>
    public long? CancellingAt { get; init; }

    /// <summary>When it was cancelled.</summary>
    public long? CancelledAt { get; init; }

    /// <summary>Rows by what became of them.</summary>
    public required BatchCounts RequestCounts { get; init; }

    /// <summary>As it was given.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>The model that runs, with its version.</summary>
    public string? Model { get; init; }

    /// <summary>How fast it goes; only while it is in progress.</summary>
    public BatchProgress? Progress { get; init; }

    /// <summary>What is set aside for it, and what it came to.</summary>
    public BatchCost? Cost { get; init; }

    /// <summary>Its files; only where one batch is asked for, and it has ended.</summary>
    public IReadOnlyList<BatchFile>? Files { get; init; }
}

/// <summary>Why a batch failed.</summary>
public sealed record BatchErrors(IReadOnlyList<BatchError> Data)
{
    /// <summary><c>list</c>.</summary>
    public string Object { get; init; } = "list";
}

/// <summary>One reason.</summary>
/// <param name="Code">A stable name in snake_case.</param>
/// <param name="Message">What was wrong, and what is allowed.</param>
/// <param name="Param">The member at fault.</param>
/// <param name="Line">The line at fault.</param>
public sealed record BatchError(string Code, string Message, string? Param = null, long? Line = null);

/// <summary>Rows by what became of them.</summary>
/// <param name="Total">In the file; 0 until they have been counted.</param>
/// <param name="Completed">Delivered.</param>
/// <param name="Failed">Told in the errors file.</param>
public sealed record BatchCounts(long Total, long Completed, long Failed);

/// <summary>How fast a batch goes.</summary>
/// <param name="RowsPerSecond">Over the last minute.</param>
/// <param name="SecondsLeft">At that pace; null where there is none yet.</param>
/// <param name="Running">Rows of parts that are not done yet.</param>
/// <param name="Shards">Parts of the file.</param>
/// <param name="ShardsDone">Of them, those that are done.</param>
public sealed record BatchProgress(double RowsPerSecond, double? SecondsLeft, long Running, int Shards, int ShardsDone);

/// <summary>What a batch costs, in micro-units of the currency.</summary>
/// <param name="Currency">ISO 4217.</param>
/// <param name="Price">For <paramref name="Per"/> rows, as it stood when the batch was accepted.</param>
/// <param name="Per">See <paramref name="Price"/>.</param>
/// <param name="Reserved">Set aside of the month's budget; what is not needed is given back.</param>
/// <param name="Units">Rows charged for, those that the plan includes among them; null until it has ended.</param>
/// <param name="FreeUnits">Of them, those that the plan includes.</param>
/// <param name="Charge">What it came to.</param>
public sealed record BatchCost(string Currency, long Price, long Per, long Reserved, long? Units, long? FreeUnits, long? Charge);

/// <summary>A file of a batch's results.</summary>
/// <param name="Name">For example <c>output.jsonl</c>.</param>
/// <param name="Id">For <c>GET /v1/files/{id}/content</c>.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Url">An address from which it can be downloaded without a key.</param>
/// <param name="UrlExpiresAt">Until when.</param>
public sealed record BatchFile(string Name, string Id, long Bytes, Uri Url, long UrlExpiresAt);

/// <summary>Batches, the newest first.</summary>
public sealed record BatchList
{
    /// <summary><c>list</c>.</summary>
    public string Object { get; init; } = "list";

    /// <summary>The batches.</summary>
    public required IReadOnlyList<Batch> Data { get; init; }

    /// <summary>Of the first one.</summary>
    public string? FirstId { get; init; }

    /// <summary>Of the last one; the next page's <c>after</c>.</summary>
    public string? LastId { get; init; }

    /// <summary>Whether there are more.</summary>
    public required bool HasMore { get; init; }
}

/// <summary>Says whether a batch has been charged.</summary>
/// <param name="Charged">True: it has; false: it has not, and is charged now.</param>
public sealed record SettleBatchRequest(bool? Charged);

/// <summary>A batch of which storage cannot tell whether it has been charged.</summary>
/// <param name="Tenant">Whose, when it was ordered.</param>
/// <param name="Account">Whose.</param>
/// <param name="Charge">What is charged, in micro-units of its currency.</param>
/// <param name="Batch">The batch.</param>
public sealed record UndecidedBatch(string Tenant, string Account, long Charge, Batch Batch);

/// <summary>Batches that the operator has to settle.</summary>
/// <param name="Data">The batches.</param>
public sealed record UndecidedBatchList(IReadOnlyList<UndecidedBatch> Data);
