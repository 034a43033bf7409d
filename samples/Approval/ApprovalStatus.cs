namespace PerCall.Samples.Approval;

/// <summary>How far an approval is: the orchestration's custom status while it runs, and its output.</summary>
public sealed record ApprovalStatus
{
    /// <summary>
    /// <c>quoting</c>, <c>awaiting_approval</c>, <c>starting</c>, <c>running</c>; at the end <c>rejected</c>, <c>approval_timed_out</c>,
    /// <c>refused</c> by PerCall, or the batch's own <c>completed</c>, <c>failed</c>, <c>expired</c> or <c>cancelled</c>.
    /// </summary>
    public required string State { get; init; }

    /// <summary>The quote; absent before it is made.</summary>
    public Quote? Quote { get; init; }

    /// <summary>The decision; absent if nobody had to decide, or has not yet.</summary>
    public Decision? Decision { get; init; }

    /// <summary>The batch; absent before it is started.</summary>
    public BatchState? Batch { get; init; }

    /// <summary>Why PerCall refused a call; absent otherwise.</summary>
    public string? Refusal { get; init; }
}

/// <summary>The parts of PerCall's quote that an approver needs.</summary>
/// <param name="Rows">Rows of the file.</param>
/// <param name="BadRows">Rows that would fail, among those that were checked.</param>
/// <param name="Price">The price in micro-units of the currency, at the dearer price of the model and its fallback.</param>
/// <param name="Amount">The same as decimal text.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="IsEstimate">Whether the file is too long to be read whole, so that the price is extrapolated.</param>
/// <param name="WithinBudget">Whether the month's budget covers it; absent: unknown.</param>
public sealed record Quote(long Rows, long BadRows, long Price, string Amount, string Currency, bool IsEstimate, bool? WithinBudget);

/// <summary>An approver's decision.</summary>
/// <param name="Approved">Whether the batch may start.</param>
/// <param name="By">Who decided.</param>
public sealed record Decision(bool Approved, string By);

/// <summary>A batch as the orchestration remembers it.</summary>
/// <param name="Id">The batch's id.</param>
/// <param name="Status">PerCall's status of a batch.</param>
/// <param name="Delivered">Rows delivered.</param>
/// <param name="Failed">Rows failed.</param>
/// <param name="Charge">The charge in micro-units of the currency; absent before the end.</param>
/// <param name="Currency">ISO 4217; absent before the price is known.</param>
/// <param name="Files">The result files; empty before the end.</param>
/// <param name="Error">Why the batch failed; absent otherwise.</param>
public sealed record BatchState(
    string Id, string Status, long Delivered, long Failed, long? Charge, string? Currency, IReadOnlyList<ResultFile> Files, string? Error)
{
    /// <summary>Whether the status is final.</summary>
    public bool HasEnded => Status is "completed" or "failed" or "expired" or "cancelled";
}

/// <summary>A result file of a batch.</summary>
/// <param name="Name">For example <c>output.jsonl</c>.</param>
/// <param name="Id">The id for <c>GET /v1/files/{id}/content</c>, which works for 30 days.</param>
/// <param name="Url">A download address that needs no key.</param>
/// <param name="UrlExpiresAt">When the address expires, in seconds since 1970: an hour after the batch was read.</param>
public sealed record ResultFile(string Name, string Id, Uri Url, long UrlExpiresAt);
