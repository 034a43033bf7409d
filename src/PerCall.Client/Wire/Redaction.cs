using System.Text.Json.Serialization;

namespace PerCall.Client.Wire;

/// <summary>The body of <c>POST /v1/text/redact</c>.</summary>
public sealed record RedactTextRequest
{
    /// <summary>One text, or up to 256: a string or an array of strings.</summary>
    [JsonConverter(typeof(OneOrManyTexts))]
    public IReadOnlyList<string>? Input { get; init; }

    /// <summary>
    /// The kinds to redact: <c>email</c>, <c>phone</c>, <c>iban</c>, <c>card</c>, <c>national_id</c>, <c>ip</c>, <c>secret</c>, and
    /// <c>name</c> where the service has a tagger; all if omitted.
    /// </summary>
    public IReadOnlyList<string?>? Kinds { get; init; }
}

/// <summary>The redacted texts of a call.</summary>
public sealed record RedactTextResponse
{
    /// <summary>The response's id.</summary>
    public required string Id { get; init; }

    /// <summary>One result for each text, in the order of the input.</summary>
    public required IReadOnlyList<RedactedTextResult> Results { get; init; }

    /// <summary>The number of characters read.</summary>
    public required RedactionUsage Usage { get; init; }
}

/// <summary>One redacted text.</summary>
public sealed record RedactedTextResult
{
    /// <summary>The index of the text in the call, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>The text with placeholders.</summary>
    public required string Text { get; init; }

    /// <summary>The replaced values in the order of the text.</summary>
    public required IReadOnlyList<FoundInText> Found { get; init; }
}

/// <summary>The place of a value in the text that was sent. The value itself is not repeated.</summary>
/// <param name="Kind">The kind, for example <c>email</c>.</param>
/// <param name="Start">The first character, from 0, in Unicode characters (scalar values).</param>
/// <param name="End">The character after the last one.</param>
/// <param name="Placeholder">The placeholder, for example <c>[EMAIL_1]</c>.</param>
public sealed record FoundInText(string Kind, int Start, int End, string Placeholder);

/// <summary>The number of characters read in a call.</summary>
/// <param name="Characters">Unicode characters (scalar values) in the input.</param>
public sealed record RedactionUsage(long Characters);
