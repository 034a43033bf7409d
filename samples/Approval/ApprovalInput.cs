namespace PerCall.Samples.Approval;

/// <summary>The body of <c>POST /approvals</c>: the batch that a caller wants.</summary>
/// <param name="FileId">A file of <c>POST /v1/files</c>, or the <c>file_id</c> of <c>POST /v1/uploads</c>.</param>
/// <param name="Endpoint">For example <c>/v1/text/classify</c>.</param>
/// <param name="Model">The model. Absent: the file's first row names it.</param>
public sealed record ApprovalRequest(string FileId, string Endpoint, string? Model = null);

/// <summary>
/// The input of the orchestration. It holds the settings at the start, because a replay has to decide as the first run did and a repeated
/// order has to have the same body.
/// </summary>
/// <param name="Request">The wanted batch.</param>
/// <param name="RequestedAt">When it was requested.</param>
/// <param name="Webhook">Where PerCall reports the end.</param>
/// <param name="ApproveAbove">The highest price, in micro-units, that needs no approval.</param>
/// <param name="ApprovalTimeout">How long an approval may take.</param>
/// <param name="FirstPoll">The wait before the first poll.</param>
/// <param name="LongestPoll">The longest wait between two polls.</param>
/// <param name="RetryInterval">The wait before the first retry.</param>
/// <param name="Attempts">How often an activity is attempted.</param>
public sealed record ApprovalInput(
    ApprovalRequest Request,
    DateTimeOffset RequestedAt,
    string? Webhook,
    long ApproveAbove,
    TimeSpan ApprovalTimeout,
    TimeSpan FirstPoll,
    TimeSpan LongestPoll,
    TimeSpan RetryInterval,
    int Attempts)
{
    /// <summary>The input for a request under the present settings.</summary>
    public static ApprovalInput Create(ApprovalRequest request, ApprovalOptions options, DateTimeOffset now) => new(
        request,
        now,
        options.WebhookUrl?.AbsoluteUri,
        options.ApproveAbove,
        options.ApprovalTimeout,
        options.FirstPoll,
        options.LongestPoll,
        options.RetryInterval,
        options.Attempts);
}
