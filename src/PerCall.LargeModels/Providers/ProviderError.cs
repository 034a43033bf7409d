using System.Text.Json;
using System.Text.RegularExpressions;

namespace PerCall.LargeModels.Providers;

/// <summary>An error as a provider sent it.</summary>
/// <param name="Message">For the caller, at most 2,000 characters.</param>
/// <param name="Code">A short code without spaces; null: none.</param>
/// <param name="Param">The invalid field; null: none.</param>
/// <param name="Status">The status that the error itself gives, or that its code implies; null: none.</param>
internal sealed partial record ProviderError(string Message, string? Code, string? Param, int? Status)
{
    private const int MaxMessage = 2000;

    /// <summary>Whether the content of the call was refused. Another deployment would refuse it too.</summary>
    public bool IsRefusal => Status is >= 400 and < 500 and not (401 or 403 or 404 or 408 or 429);

    /// <summary>Reads an error from a body with an error status.</summary>
    /// <returns>The error; null when the body is not JSON with an error.</returns>
    public static ProviderError? FromBody(ReadOnlyMemory<byte> body) =>
        Parse(body, root => Member(root) ?? (Text(root, "message") is not null ? Read(root) : null));

    /// <summary>Reads an error from a body with a success status.</summary>
    /// <returns>The error; null when the body is an answer.</returns>
    /// <exception cref="JsonException">The body is not a JSON object.</exception>
    public static ProviderError? FromAnswer(ReadOnlyMemory<byte> body)
    {
        // Only the top level is read: an answer can be long.
        var reader = new Utf8JsonReader(body.Span);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException();
        }

        var isError = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isMember, isObject) = (reader.ValueTextEquals("error"u8), reader.ValueTextEquals("object"u8));
            reader.Read();
            isError |= (isMember && reader.TokenType is JsonTokenType.StartObject or JsonTokenType.String)
                || (isObject && reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("error"u8));
            reader.Skip();
        }

        return !isError ? null : FromBody(body) ?? new("The provider reported an error without a message.", null, null, null);
    }

    /// <summary>Reads an error from a stream's event.</summary>
    /// <returns>The error; null when the event is not an error.</returns>
    public static ProviderError? FromEvent(string eventType, string data)
    {
        var isError = eventType is "error" or "response.failed";
        if (!isError && !data.Contains("error", StringComparison.Ordinal) && !data.Contains("response.failed", StringComparison.Ordinal))
        {
            return null;
        }

        return Parse(System.Text.Encoding.UTF8.GetBytes(data), root =>
        {
            var type = Text(root, "type");
            return Member(root)
                ?? (root.TryGetProperty("response", out var response) && (isError || type == "response.failed") ? Member(response) : null)
                ?? (isError || type is "error" or "response.failed" || Text(root, "object") == "error" ? Read(root) : null);
        }) ?? (isError ? new(Shorten(data), null, null, null) : null);
    }

    private static ProviderError? Parse(ReadOnlyMemory<byte> json, Func<JsonElement, ProviderError?> read)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object ? read(document.RootElement) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static ProviderError? Member(JsonElement root) =>
        root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("error", out var error) ? null
        : error.ValueKind switch
        {
            JsonValueKind.Object => Read(error),
            JsonValueKind.String => new(Shorten(error.GetString()!), null, null, null),
            _ => null,
        };

    private static ProviderError Read(JsonElement error)
    {
        var (code, type) = (Text(error, "code"), Text(error, "type"));
        var status = Number(error, "code") ?? Number(error, "status") ?? Number(error, "statusCode") ?? StatusOf(code, type);
        return new(
            Shorten(Text(error, "message") ?? "The provider reported an error without a message."),
            Fitting(code) ?? Fitting(type), Text(error, "param"), status);
    }

    private static int? StatusOf(string? code, string? type) => (code, type) switch
    {
        ("rate_limit_exceeded" or "insufficient_quota" or "429", _) => 429,
        ("content_filter" or "content_policy_violation" or "context_length_exceeded" or "invalid_prompt" or "invalid_request_error", _) => 400,
        (_, "invalid_request_error" or "BadRequestError") => 400,
        _ => null,
    };

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static int? Number(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)
            ? number : null;

    private static string? Fitting(string? code) => code is not null && Codes().IsMatch(code) ? code : null;

    private static string Shorten(string message) => message.Length <= MaxMessage ? message : message[..MaxMessage];

    // A number is a status and not a code.
    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_.-]{0,63}\z")]
    private static partial Regex Codes();
}
