using System.Text.Json.Serialization;

namespace PerCall.Functions.Batches.Formats;

/// <summary>The format of an input file, without its compression.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<InputFormat>))]
public enum InputFormat
{
    /// <summary>JSON Lines: one JSON object per line.</summary>
    JsonLines,

    /// <summary>CSV according to RFC 4180 with a header line and any supported delimiter.</summary>
    Csv,

    /// <summary>A ZIP archive of pictures.</summary>
    Zip,
}

/// <summary>How the rows of JSON Lines contain their input.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RowStyle>))]
public enum RowStyle
{
    /// <summary>Each row is the body of a single call, with an optional <c>id</c>.</summary>
    Plain,

    /// <summary>Each row has the form of OpenAI batches: <c>{"custom_id", "method", "url", "body"}</c>.</summary>
    OpenAi,
}
