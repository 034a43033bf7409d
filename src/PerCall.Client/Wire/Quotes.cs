namespace PerCall.Client.Wire;

/// <summary>A quote for a batch.</summary>
public sealed record BatchQuote
{
    /// <summary>The number of non-empty rows in the file.</summary>
    public required long Rows { get; init; }

    /// <summary>The unpacked size of the file in bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>The number of unpacked bytes that were read.</summary>
    public required long ReadBytes { get; init; }

    /// <summary>Whether only a part was read. Rows, bytes, units, price and seconds are then estimates for the whole file.</summary>
    public required bool Extrapolated { get; init; }

    /// <summary><c>jsonl</c>, <c>csv</c> or <c>zip</c>, with <c>.gz</c> if the file is compressed.</summary>
    public required string Format { get; init; }

    /// <summary>The model and version.</summary>
    public required string Model { get; init; }

    /// <summary>Rows that can be scored. They are charged unless the model refuses a row.</summary>
    public required long Units { get; init; }

    /// <summary>The part of them covered by included units that are neither used nor reserved.</summary>
    public required long FreeUnits { get; init; }

    /// <summary>The price of the other rows in micro-units of the currency.</summary>
    public required long Price { get; init; }

    /// <summary>
    /// The price by unit, for calls on a large model: counted tokens of the prompts, and the most output tokens that the rows allow. The
    /// members above are then sums over them.
    /// </summary>
    public IReadOnlyList<BatchCostLine>? Lines { get; init; }

    /// <summary>The price as decimal text.</summary>
    public required string Amount { get; init; }

    /// <summary>The currency code (ISO 4217).</summary>
    public required string Currency { get; init; }

    /// <summary>
    /// The model's fallback, and the price if it answered every row; absent if none can answer. What a batch costs depends on how many rows
    /// it answers, which a quote does not find out.
    /// </summary>
    public QuotedFallback? Fallback { get; init; }

    /// <summary>
    /// Whether the month's budget covers the reservation for all rows. Absent if only a part was read and the budget covers the estimate,
    /// but not the maximum. The batch is then refused during validation if the budget does not cover it.
    /// </summary>
    public bool? WithinBudget { get; init; }

    /// <summary>Estimated seconds on one thread, from the first rows; 0 for calls on a large model, whose provider is not asked.</summary>
    public required double Seconds { get; init; }

    /// <summary>Problems in the data.</summary>
    public required QualityReport Quality { get; init; }
}

/// <summary>The price of a batch whose rows are all answered by the model's fallback.</summary>
/// <param name="Model">The fallback and its version.</param>
/// <param name="Price">The price in micro-units of the currency, after included units.</param>
/// <param name="Amount">The price as decimal text.</param>
public sealed record QuotedFallback(string Model, long Price, string Amount);

/// <summary>Problems in a file's rows.</summary>
public sealed record QualityReport
{
    /// <summary>The number of checked rows. For a long file only a part is checked; the other members then describe that part.</summary>
    public required long CheckedRows { get; init; }

    /// <summary>The number of rows that would fail.</summary>
    public required long BadRows { get; init; }

    /// <summary>The part of them that exceeds the size limit for a row, a text or a picture.</summary>
    public required long TooLong { get; init; }

    /// <summary>The number of empty lines, or of archive entries that are not pictures. They are skipped.</summary>
    public required long EmptyRows { get; init; }

    /// <summary>The number of rows with the same content as another row. Each is scored and charged.</summary>
    public required long DuplicateRows { get; init; }

    /// <summary>The number of rows with the same id as another row.</summary>
    public required long DuplicateIds { get; init; }

    /// <summary>The number of errors by code.</summary>
    public required IReadOnlyDictionary<string, long> Faults { get; init; }

    /// <summary>The first hundred errors, ordered by line.</summary>
    public required IReadOnlyList<BatchError> Examples { get; init; }
}

/// <summary>The body of <c>POST /v1/batches/quote</c>.</summary>
public sealed record QuoteRequest
{
    /// <inheritdoc cref="CreateBatchRequest.InputFileId"/>
    public string? InputFileId { get; init; }

    /// <inheritdoc cref="CreateBatchRequest.Endpoint"/>
    public string? Endpoint { get; init; }

    /// <inheritdoc cref="CreateBatchRequest.Model"/>
    public string? Model { get; init; }

    /// <inheritdoc cref="CreateBatchRequest.Encoding"/>
    public string? Encoding { get; init; }
}
