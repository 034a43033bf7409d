namespace PerCall.Client.Wire;

/// <summary>The body of <c>POST /v1/batches</c>, in OpenAI's format with a few additional members.</summary>
public sealed record CreateBatchRequest
{
    /// <summary>The id of a file from <c>POST /v1/files</c> or from an upload address of <c>POST /v1/uploads</c>.</summary>
    public string? InputFileId { get; init; }

    /// <summary>
    /// The path of the single call: <c>/v1/images/classify</c>, <c>/v1/text/classify</c>, <c>/v1/recommend</c>, or, with large models,
    /// <c>/v1/chat/completions</c> or <c>/v1/embeddings</c>.
    /// </summary>
    public string? Endpoint { get; init; }

    /// <summary>Must be <c>24h</c>, which is also the default.</summary>
    public string? CompletionWindow { get; init; }

    /// <summary>The model: name, name/version or name/alias. If omitted, the first row must name it.</summary>
    public string? Model { get; init; }

    /// <summary>The file's text encoding, for example <c>windows-1252</c>; <c>utf-8</c> is the default.</summary>
    public string? Encoding { get; init; }

    /// <summary>Up to 16 pairs for the caller's own use.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>An https address that receives an event when the batch has ended.</summary>
    public string? Webhook { get; init; }

    /// <summary>Accepted for compatibility with OpenAI's clients, but has no effect on how long results are kept.</summary>
    public System.Text.Json.JsonElement? OutputExpiresAfter { get; init; }
}

/// <summary>A batch. Times are seconds since 1970.</summary>
public sealed record Batch
{
    /// <summary>The batch's id.</summary>
    public required string Id { get; init; }

    /// <summary><c>batch</c>.</summary>
    public string Object { get; init; } = "batch";

    /// <summary>The path of the single call.</summary>
    public required string Endpoint { get; init; }

    /// <summary>Why the batch failed.</summary>
    public BatchErrors? Errors { get; init; }

    /// <summary>The id of the input file; null if an upload started the batch.</summary>
    public string? InputFileId { get; init; }

    /// <summary>The name of the input file.</summary>
    public string? InputFile { get; init; }

    /// <summary><c>24h</c>.</summary>
    public required string CompletionWindow { get; init; }

    /// <summary><c>validating</c>, <c>failed</c>, <c>in_progress</c>, <c>finalizing</c>, <c>completed</c>, <c>expired</c>,
    /// <c>cancelling</c> or <c>cancelled</c>.</summary>
    public required string Status { get; init; }

    /// <summary>The id of the file with delivered rows.</summary>
    public string? OutputFileId { get; init; }

    /// <summary>The id of the file with failed rows.</summary>
    public string? ErrorFileId { get; init; }

    /// <summary>When the batch was accepted.</summary>
    public required long CreatedAt { get; init; }

    /// <summary>When the first rows were dispatched.</summary>
    public long? InProgressAt { get; init; }

    /// <summary>When the batch expires. It then ends with the rows that are done.</summary>
    public long? ExpiresAt { get; init; }

    /// <summary>When the assembly of the results started.</summary>
    public long? FinalizingAt { get; init; }

    /// <summary>When the batch completed.</summary>
    public long? CompletedAt { get; init; }

    /// <summary>When the batch failed.</summary>
    public long? FailedAt { get; init; }

    /// <summary>When the batch expired.</summary>
    public long? ExpiredAt { get; init; }

    /// <summary>When cancellation was requested.</summary>
    public long? CancellingAt { get; init; }

    /// <summary>When the batch was cancelled.</summary>
    public long? CancelledAt { get; init; }

    /// <summary>Rows by what became of them.</summary>
    public required BatchCounts RequestCounts { get; init; }

    /// <summary>The metadata from the request.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>The model and version that score the rows.</summary>
    public string? Model { get; init; }

    /// <summary>The progress rate; present only while the batch is in progress.</summary>
    public BatchProgress? Progress { get; init; }

    /// <summary>The reserved budget and the charge.</summary>
    public BatchCost? Cost { get; init; }

    /// <summary>The result files; present only for a single batch that has ended.</summary>
    public IReadOnlyList<BatchFile>? Files { get; init; }
}

/// <summary>Why a batch failed.</summary>
public sealed record BatchErrors(IReadOnlyList<BatchError> Data)
{
    /// <summary><c>list</c>.</summary>
    public string Object { get; init; } = "list";
}

/// <summary>One error.</summary>
/// <param name="Code">The stable error code, in snake_case.</param>
/// <param name="Message">What was wrong, and what is allowed.</param>
/// <param name="Param">The parameter with the error.</param>
/// <param name="Line">The line with the error, from 1.</param>
public sealed record BatchError(string Code, string Message, string? Param = null, long? Line = null);

/// <summary>Rows by what became of them.</summary>
/// <param name="Total">Rows in the file; 0 until they are counted.</param>
/// <param name="Completed">Delivered rows.</param>
/// <param name="Failed">Rows in the errors file.</param>
public sealed record BatchCounts(long Total, long Completed, long Failed);

/// <summary>The progress rate of a batch.</summary>
/// <param name="RowsPerSecond">Rows per second over the last minute.</param>
/// <param name="SecondsLeft">Estimated seconds to the end at that rate; null if there is no rate yet.</param>
/// <param name="Running">Rows in shards that are being processed.</param>
/// <param name="Shards">The number of shards of the file.</param>
/// <param name="ShardsDone">The number of finished shards.</param>
public sealed record BatchProgress(double RowsPerSecond, double? SecondsLeft, long Running, int Shards, int ShardsDone);

/// <summary>What a batch costs, in micro-units of the currency.</summary>
/// <param name="Currency">The currency code (ISO 4217).</param>
/// <param name="Price">Micro-units for <paramref name="Per"/> rows, fixed when the batch was accepted.</param>
/// <param name="Per">The number of rows that <paramref name="Price"/> is for.</param>
/// <param name="Reserved">Micro-units reserved from the month's budget. The unused part is released.</param>
/// <param name="Units">Charged rows, including rows covered by the plan's included units; null until the batch has ended.</param>
/// <param name="FreeUnits">The part of them covered by the plan's included units.</param>
/// <param name="Charge">The charge in micro-units.</param>
public sealed record BatchCost(string Currency, long Price, long Per, long Reserved, long? Units, long? FreeUnits, long? Charge)
{
    /// <summary>
    /// The charge by unit, for calls on a large model that have been charged, or by model, if the fallback answered rows. The other members
    /// are then sums over them.
    /// </summary>
    public IReadOnlyList<BatchCostLine>? Lines { get; init; }
}

/// <summary>What one unit of a batch costs at one price, in micro-units of the currency.</summary>
/// <param name="Unit">The unit, for example <c>token_in</c>.</param>
/// <param name="Price">Micro-units for <paramref name="Per"/> units.</param>
/// <param name="Per">The number of units that <paramref name="Price"/> is for.</param>
/// <param name="Units">The units, including those covered by the plan's included units.</param>
/// <param name="FreeUnits">The part of them covered by the plan's included units.</param>
/// <param name="Charge">The price of the others.</param>
public sealed record BatchCostLine(string Unit, long Price, long Per, long Units, long FreeUnits, long Charge)
{
    /// <summary>The fallback that answered the rows, with its version; null: the batch's model.</summary>
    public string? Model { get; init; }
}

/// <summary>A result file of a batch.</summary>
/// <param name="Name">For example <c>output.jsonl</c>.</param>
/// <param name="Id">The file's id for <c>GET /v1/files/{id}/content</c>.</param>
/// <param name="Bytes">The length in bytes.</param>
/// <param name="Url">An address for downloading the file without a key.</param>
/// <param name="UrlExpiresAt">When the address expires.</param>
public sealed record BatchFile(string Name, string Id, long Bytes, Uri Url, long UrlExpiresAt);

/// <summary>Batches, newest first.</summary>
public sealed record BatchList
{
    /// <summary><c>list</c>.</summary>
    public string Object { get; init; } = "list";

    /// <summary>The batches.</summary>
    public required IReadOnlyList<Batch> Data { get; init; }

    /// <summary>The id of the first batch.</summary>
    public string? FirstId { get; init; }

    /// <summary>The id of the last batch: <c>after</c> for the next page.</summary>
    public string? LastId { get; init; }

    /// <summary>Whether more batches follow.</summary>
    public required bool HasMore { get; init; }
}

/// <summary>Settles the undecided charge of a batch.</summary>
/// <param name="Charged">True if the batch was charged; false if it was not, and is to be charged now.</param>
public sealed record SettleBatchRequest(bool? Charged);

/// <summary>A batch with an undecided charge, because storage lost the record of it.</summary>
/// <param name="Tenant">The tenant that created the batch.</param>
/// <param name="Account">The account of the tenant.</param>
/// <param name="Charge">The charge in micro-units of the currency.</param>
/// <param name="Batch">The batch.</param>
public sealed record UndecidedBatch(string Tenant, string Account, long Charge, Batch Batch);

/// <summary>Batches whose charge the operator has to settle.</summary>
/// <param name="Data">The batches.</param>
public sealed record UndecidedBatchList(IReadOnlyList<UndecidedBatch> Data);
