using System.Text.Json;

namespace PerCall.LargeModels.Dialect;

/// <summary>A generated text in an event or an answer, and where it is in the JSON.</summary>
/// <param name="Start">First byte of the JSON string.</param>
/// <param name="End">The byte behind it.</param>
/// <param name="Place">What the text belongs to.</param>
/// <param name="Text">The text.</param>
internal readonly record struct TextSpot(int Start, int End, TextPlace Place, string Text);

/// <summary>Finds the generated texts of events and whole answers.</summary>
internal static class TextSpots
{
    private const string DeltaSuffix = ".delta";
    private const string DoneSuffix = ".done";

    /// <summary>Returns the texts in the order of the JSON.</summary>
    /// <exception cref="JsonException">The data is not a JSON object.</exception>
    public static List<TextSpot> Find(LargeModelEndpoint endpoint, ReadOnlySpan<byte> json)
    {
        var spots = new List<TextSpot>();
        var reader = new Utf8JsonReader(json, JsonText.Options);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("Not a JSON object.");
        }

        if (endpoint == LargeModelEndpoint.ChatCompletions)
        {
            Chat(ref reader, spots);
        }
        else
        {
            Event(ref reader, spots, endpoint == LargeModelEndpoint.Transcriptions);
        }

        return spots;
    }

    private static void Chat(ref Utf8JsonReader reader, List<TextSpot> spots)
    {
        while (JsonText.NextMember(ref reader))
        {
            if (!reader.ValueTextEquals("choices"u8))
            {
                reader.Skip();
            }
            else if (JsonText.ToArray(ref reader))
            {
                while (JsonText.NextObject(ref reader))
                {
                    Choice(ref reader, spots);
                }
            }
        }
    }

    private static void Choice(ref Utf8JsonReader reader, List<TextSpot> spots)
    {
        var first = spots.Count;
        var index = 0;
        while (JsonText.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("index"u8))
            {
                index = Number(ref reader);
            }
            else if (reader.ValueTextEquals("text"u8))
            {
                String(ref reader, spots, 0, "text", false);
            }
            else if (reader.ValueTextEquals("delta"u8))
            {
                Message(ref reader, spots, false);
            }
            else if (reader.ValueTextEquals("message"u8))
            {
                Message(ref reader, spots, true);
            }
            else
            {
                reader.Skip();
            }
        }

        // The index can come after the texts.
        for (var i = first; i < spots.Count; i++)
        {
            spots[i] = spots[i] with { Place = spots[i].Place with { Index = index } };
        }
    }

    private static void Message(ref Utf8JsonReader reader, List<TextSpot> spots, bool whole)
    {
        if (!JsonText.ToObject(ref reader))
        {
            return;
        }

        while (JsonText.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("content"u8))
            {
                Content(ref reader, spots, whole);
            }
            else if (reader.ValueTextEquals("refusal"u8))
            {
                String(ref reader, spots, 0, "refusal", whole);
            }
            else if (reader.ValueTextEquals("reasoning_content"u8) || reader.ValueTextEquals("reasoning"u8))
            {
                String(ref reader, spots, 0, "reasoning", whole);
            }
            else if (reader.ValueTextEquals("function_call"u8))
            {
                Function(ref reader, spots, whole);
            }
            else if (reader.ValueTextEquals("tool_calls"u8))
            {
                ToolCalls(ref reader, spots, whole);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static void Content(ref Utf8JsonReader reader, List<TextSpot> spots, bool whole)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
        {
            Add(ref reader, spots, 0, "content", whole);
            return;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return;
        }
        while (JsonText.NextObject(ref reader))
        {
            while (JsonText.NextMember(ref reader))
            {
                if (reader.ValueTextEquals("text"u8))
                {
                    String(ref reader, spots, 0, "content", whole);
                }
                else
                {
                    reader.Skip();
                }
            }
        }
    }

    private static void ToolCalls(ref Utf8JsonReader reader, List<TextSpot> spots, bool whole)
    {
        if (!JsonText.ToArray(ref reader))
        {
            return;
        }

        for (var ordinal = 0; JsonText.NextObject(ref reader); ordinal++)
        {
            var first = spots.Count;
            var part = ordinal;
            while (JsonText.NextMember(ref reader))
            {
                if (reader.ValueTextEquals("index"u8))
                {
                    part = Number(ref reader);
                }
                else if (reader.ValueTextEquals("function"u8) || reader.ValueTextEquals("custom"u8))
                {
                    Function(ref reader, spots, whole);
                }
                else
                {
                    reader.Skip();
                }
            }

            for (var i = first; i < spots.Count; i++)
            {
                spots[i] = spots[i] with { Place = spots[i].Place with { Part = part } };
            }
        }
    }

    private static void Function(ref Utf8JsonReader reader, List<TextSpot> spots, bool whole)
    {
        if (!JsonText.ToObject(ref reader))
        {
            return;
        }

        while (JsonText.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("arguments"u8))
            {
                String(ref reader, spots, 0, "arguments", whole);
            }
            else if (reader.ValueTextEquals("input"u8))
            {
                String(ref reader, spots, 0, "input", whole);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    // An event of /v1/responses or of a transcription, or a whole answer of these.
    private static void Event(ref Utf8JsonReader reader, List<TextSpot> spots, bool isTranscription)
    {
        string? type = null;
        int output = 0, part = 0;
        TextSpot? delta = null;
        List<TextSpot> texts = [], nested = [];
        while (JsonText.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("type"u8))
            {
                type = JsonText.ToString(ref reader) ? JsonText.Read(ref reader) : null;
            }
            else if (reader.ValueTextEquals("output_index"u8))
            {
                output = Number(ref reader);
            }
            else if (reader.ValueTextEquals("content_index"u8) || reader.ValueTextEquals("summary_index"u8))
            {
                part = Number(ref reader);
            }
            else if (reader.ValueTextEquals("delta"u8))
            {
                delta = One(ref reader, "delta");
            }
            else if (Field(in reader) is { } field)
            {
                Add(texts, One(ref reader, field));
            }
            else if (reader.ValueTextEquals("item"u8) || reader.ValueTextEquals("part"u8))
            {
                Nested(ref reader, nested, 0);
            }
            else if (reader.ValueTextEquals("response"u8))
            {
                Response(ref reader, nested);
            }
            else if (reader.ValueTextEquals("output"u8) || (isTranscription && reader.ValueTextEquals("segments"u8)))
            {
                Output(ref reader, nested);
            }
            else
            {
                reader.Skip();
            }
        }

        if (type is null && isTranscription)
        {
            spots.AddRange(texts);
        }

        if (type is not null && type.EndsWith(DeltaSuffix, StringComparison.Ordinal))
        {
            Add(spots, delta is { } found ? found with { Place = new(output, part, FieldOf(type), false) } : null);
        }
        else if (type is not null && type.EndsWith(DoneSuffix, StringComparison.Ordinal))
        {
            spots.AddRange(texts.Select(t => t with { Place = new(output, part, t.Place.Field, true) }));
        }

        if (type is not null && type.StartsWith("response.reasoning", StringComparison.Ordinal))
        {
            ToReasoning(spots, 0);
        }

        spots.AddRange(nested);
        spots.Sort((a, b) => a.Start.CompareTo(b.Start));
    }

    private static void Response(ref Utf8JsonReader reader, List<TextSpot> spots)
    {
        if (!JsonText.ToObject(ref reader))
        {
            return;
        }

        while (JsonText.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("output"u8))
            {
                Output(ref reader, spots);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static void Output(ref Utf8JsonReader reader, List<TextSpot> spots)
    {
        if (!JsonText.ToArray(ref reader))
        {
            return;
        }

        for (var i = 0; JsonText.NextObject(ref reader); i++)
        {
            Members(ref reader, spots, i);
        }
    }

    private static void Nested(ref Utf8JsonReader reader, List<TextSpot> spots, int index)
    {
        if (JsonText.ToObject(ref reader))
        {
            Members(ref reader, spots, index);
        }
    }

    // An output item or a part: its texts, and those of the parts in it.
    private static void Members(ref Utf8JsonReader reader, List<TextSpot> spots, int index)
    {
        var first = spots.Count;
        string? type = null;
        while (JsonText.NextMember(ref reader))
        {
            if (Field(in reader) is { } field)
            {
                String(ref reader, spots, index, field, true);
            }
            else if (reader.ValueTextEquals("type"u8))
            {
                type = JsonText.ToString(ref reader) ? JsonText.Read(ref reader) : null;
            }
            else if (reader.ValueTextEquals("content"u8) || reader.ValueTextEquals("summary"u8))
            {
                if (!JsonText.ToArray(ref reader))
                {
                    continue;
                }

                while (JsonText.NextObject(ref reader))
                {
                    Members(ref reader, spots, index);
                }
            }
            else
            {
                reader.Skip();
            }
        }

        if (type is "reasoning" or "reasoning_text" or "summary_text")
        {
            ToReasoning(spots, first);
        }
    }

    // The text of reasoning is prose, also where the answer is JSON.
    private static void ToReasoning(List<TextSpot> spots, int first)
    {
        for (var i = first; i < spots.Count; i++)
        {
            if (spots[i].Place is { Field: "text" } place)
            {
                spots[i] = spots[i] with { Place = place with { Field = "reasoning" } };
            }
        }
    }

    private static string? Field(in Utf8JsonReader reader) =>
        reader.ValueTextEquals("text"u8) ? "text"
        : reader.ValueTextEquals("arguments"u8) ? "arguments"
        : reader.ValueTextEquals("refusal"u8) ? "refusal"
        : reader.ValueTextEquals("input"u8) ? "input"
        : null;

    // "response.function_call_arguments.delta" has arguments, "response.output_text.delta" text.
    private static string FieldOf(string type) => type switch
    {
        "response.output_text.delta" or "transcript.text.delta" => "text",
        "response.refusal.delta" => "refusal",
        "response.function_call_arguments.delta" => "arguments",
        "response.custom_tool_call_input.delta" => "input",
        _ => type[..^DeltaSuffix.Length],
    };

    private static void String(ref Utf8JsonReader reader, List<TextSpot> spots, int index, string field, bool whole)
    {
        if (JsonText.ToString(ref reader))
        {
            Add(ref reader, spots, index, field, whole);
        }
    }

    private static void Add(ref Utf8JsonReader reader, List<TextSpot> spots, int index, string field, bool whole) =>
        spots.Add(Spot(in reader, new(index, 0, field, whole), JsonText.Read(ref reader)));

    private static TextSpot? One(ref Utf8JsonReader reader, string field) => JsonText.ToString(ref reader)
        ? Spot(in reader, new(0, 0, field, true), JsonText.Read(ref reader))
        : null;

    private static TextSpot Spot(in Utf8JsonReader reader, TextPlace place, string text) =>
        new((int)reader.TokenStartIndex, (int)reader.BytesConsumed, place, text);

    private static void Add(List<TextSpot> spots, TextSpot? spot)
    {
        if (spot is { } found)
        {
            spots.Add(found);
        }
    }

    private static int Number(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var number))
        {
            return number;
        }

        reader.Skip();
        return 0;
    }
}
