using PerCall.Functions.Requests;
using PerCall.Inference;

namespace PerCall.Functions.Batches.Formats;

/// <summary>The reason why a row failed, as reported to the tenant.</summary>
/// <param name="Code">A stable name in snake_case.</param>
/// <param name="Message">The error and what is allowed.</param>
/// <param name="Param">The member or column with the error.</param>
public sealed record RowFault(string Code, string Message, string? Param = null)
{
    public static RowFault Of(Exception exception) => exception switch
    {
        RefusedException e => new(e.Code, e.Message, e.Param),
        InvalidInputException e => new(e.Code, e.Message, e.Param),
        InferenceException e => new(e.Code, e.Message),
        _ => new("internal_error", "The service failed on this row."),
    };

    public static RowFault TooLong(int maxBytes) => new(
        "row_too_long", $"The row is too long; allowed for this task: at most {maxBytes:N0} bytes.");
}
