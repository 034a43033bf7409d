namespace PerCall.Client.Wire;

/// <summary>What a batch would be, and cost.</summary>
public sealed record BatchQuote
{
    /// <summary>Rows of the file that are not empty.</summary>
    public required long Rows { get; init; }

    /// <summary>Bytes of the file, unpacked.</summary>
    public required long Bytes { get; init; }

    /// <summary>Bytes of it, unpacked, that were read.</summary>
    public required long ReadBytes { get; init; }

    /// <summary>Whether a part was read, and rows, bytes, units, price and seconds are what the whole probably has.</summary>
    public required bool Extrapolated { get; init; }

    /// <summary><c>jsonl</c>, <c>csv</c> or <c>zip</c>, with <c>.gz</c> where it is compressed.</summary>
    public required string Format { get; init; }

    /// <summary>The model, with its version.</summary>
    public required string Model { get; init; }

    /// <summary>Rows that can be scored: what would be charged for, unless the model itself refuses one.</summary>
    public required long Units { get; init; }

    /// <summary>Of them, those that the plan includes and that nobody has used or set aside yet.</summary>
    public required long FreeUnits { get; init; }

    /// <summary>Micro-units of the currency for the others.</summary>
    public required long Price { get; init; }

    /// <summary>The same as decimal text.</summary>
    public required string Amount { get; init; }

    /// <summary>ISO 4217.</summary>
    public required string Currency { get; init; }

    /// <summary>
    /// Whether the month's budget covers what is set aside for all rows. Absent: a part was read, and the budget covers what the rest probably is
    /// and not what it can be; the batch is refused while it is validated if it does not.
    /// </summary>
    public bool? WithinBudget { get; init; }

    /// <summary>On one thread, as the first rows tell.</summary>
    public required double Seconds { get; init; }

    /// <summary>What is wrong with the data.</summary>
    public required QualityReport Quality { get; init; }
}

/// <summary>What is wrong with a file's rows.</summary>
public sealed record QualityReport
{
    /// <summary>Rows that were looked at; fewer than there are where the file is long, and then all that is said here is of them.</summary>
    public required long CheckedRows { get; init; }

    /// <summary>Rows that would fail.</summary>
    public required long BadRows { get; init; }

    /// <summary>Of them, those that are longer than a row, a text or a picture may be.</summary>
    public required long TooLong { get; init; }

    /// <summary>Lines without anything in them, and entries of an archive that are no pictures; they are passed over.</summary>
    public required long EmptyRows { get; init; }

    /// <summary>Rows whose content another has, too: each would be scored, and charged.</summary>
    public required long DuplicateRows { get; init; }

    /// <summary>Rows whose id another has, too.</summary>
    public required long DuplicateIds { get; init; }

    /// <summary>Faults by their code.</summary>
    public required IReadOnlyDictionary<string, long> Faults { get; init; }

    /// <summary>The first hundred of them, by line.</summary>
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
