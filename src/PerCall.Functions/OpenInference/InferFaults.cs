using Microsoft.AspNetCore.Http;
using PerCall.Functions.Requests;

namespace PerCall.Functions.OpenInference;

/// <summary>Errors in the form of a call with tensors. Errors in tensors are those of the inference library.</summary>
internal static class InferFaults
{
    public const string Form = "{\"inputs\": [{\"name\", \"shape\", \"datatype\", \"data\"}], \"outputs\"?, \"id\"?, \"parameters\"?}";

    private const string Malformed = "malformed_json";

    public static RefusedException Wrong(string where, string found, string expected) => RefusedException.BadRequest(
        Malformed, $"{(where.Length == 0 ? "The body" : $"'{Page.Short(where)}'")} is {found}; expected {expected}.", Page.Short(where));

    public static RefusedException UnknownMember(string where, string allowed) => RefusedException.BadRequest(
        "unknown_member", $"Unknown member '{Page.Short(where)}'; allowed: {allowed}.", Page.Short(where));

    public static RefusedException Repeated(string where) => RefusedException.BadRequest(
        Malformed, $"The member '{Page.Short(where)}' is there twice.", Page.Short(where));

    public static RefusedException Missing(string where, string what) => RefusedException.BadRequest(
        "missing_member", $"'{where}' is missing; {what}.", where);

    public static RefusedException TooMany(string where, int most) => RefusedException.BadRequest(
        "too_many_tensors", $"'{where}' has too many entries; allowed: at most {most}.", where);

    /// <param name="tensor">The tensor whose data was being read; null: none.</param>
    /// <param name="reason">Why the text is not JSON.</param>
    /// <param name="inner">The parser's exception.</param>
    public static RefusedException NotJson(string? tensor, string reason, Exception inner) => RefusedException.BadRequest(
        Malformed,
        tensor is null
            ? $"Cannot read the body as JSON of the form {Form}: {reason}."
            : $"Cannot read the data of the tensor '{Page.Short(tensor)}' as JSON: {reason}.",
        tensor is null ? null : Page.Short(tensor),
        inner);

    public static RefusedException Header(string problem) => RefusedException.BadRequest(
        "invalid_json_length", $"The header {AnswerHeaders.JsonLength} {problem}", AnswerHeaders.JsonLength);

    public static RefusedException ContentType(string? contentType) => new(
        StatusCodes.Status415UnsupportedMediaType,
        "unsupported_content_type",
        $"The content type '{Page.Short(contentType ?? "")}' is not supported; allowed: application/json, or application/octet-stream with "
            + $"the header {AnswerHeaders.JsonLength}.");

    public static RefusedException AnswerTooLong(int most) => new(
        StatusCodes.Status422UnprocessableEntity,
        "answer_too_large",
        $"The answer is too large; allowed: at most {most:N0} bytes. Ask for fewer outputs, or send fewer rows.",
        "outputs");

    public static RefusedException NotANumber(string output, string found) => new(
        StatusCodes.Status422UnprocessableEntity,
        "not_in_json",
        $"The output '{output}' has {found}, which JSON cannot represent; ask for binary data ('binary_data': true).",
        output);

    public static RefusedException NotText(string output, int index) => new(
        StatusCodes.Status422UnprocessableEntity,
        "not_in_json",
        $"The output '{output}' has a string that is not UTF-8, element {index}; ask for binary data ('binary_data': true).",
        output);

    public static RefusedException HalfInJson(string output) => RefusedException.BadRequest(
        "not_in_json", $"The output '{output}' is FP16, which has no form in JSON; ask for binary data ('binary_data': true).", output);

    public static RefusedException TooManyRows(string input, long rows, int most) => RefusedException.BadRequest(
        "too_many_rows", $"The tensor '{input}' has {rows:N0} rows; allowed in one call: at most {most:N0}.", input);
}
