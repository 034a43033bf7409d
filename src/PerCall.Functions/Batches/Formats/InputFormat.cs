using System.Text.Json.Serialization;

namespace PerCall.Functions.Batches.Formats;

/// <summary>What an input file is, under its compression.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<InputFormat>))]
public enum InputFormat
{
    /// <summary>A JSON object on each line.</summary>
    JsonLines,

    /// <summary>RFC 4180 with a header line; whatever the delimiter.</summary>
    Csv,

    /// <summary>An archive of pictures.</summary>
    Zip,
}

/// <summary>How lines of JSON name their input.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RowStyle>))]
public enum RowStyle
{
    /// <summary>The body of a single call, with an <c>id</c> beside it.</summary>
    Plain,

    /// <summary><c>{"custom_id", "method", "url", "body"}</c>, as OpenAI's batches have it.</summary>
    OpenAi,
}
