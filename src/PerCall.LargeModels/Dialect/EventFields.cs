using System.Text;
using System.Text.Json;

namespace PerCall.LargeModels.Dialect;

/// <summary>What one event of a stream has. The reader works on the bytes, without building the JSON.</summary>
internal sealed class EventFields
{
    private readonly StringBuilder _joined = new();
    private string _text = "";

    /// <summary>The event's type, from its JSON; null: none.</summary>
    public string? Type { get; private set; }

    public TokenUsage? Usage { get; private set; }

    public bool HasUsage { get; private set; }

    public bool HasChoices { get; private set; }

    public bool HasResponse { get; private set; }

    public StreamError? Error { get; private set; }

    /// <summary>Choices of the event, and whether each ends with it.</summary>
    public List<(int Index, bool Ends)> Choices { get; } = [];

    /// <summary>All generated text.</summary>
    public string Text => _joined.Length > 0 ? _joined.ToString() : _text;

    private string? _delta;
    private string? _message;
    private string? _code;

    public void Clear()
    {
        _joined.Clear();
        Choices.Clear();
        (_text, Type, Usage, Error, _delta, _message, _code) = ("", null, null, null, null, null, null);
        (HasUsage, HasChoices, HasResponse) = (false, false, false);
    }

    /// <summary>Reads an event.</summary>
    /// <exception cref="JsonException">The data is not a JSON object.</exception>
    public void Read(LargeModelEndpoint endpoint, string eventType, ReadOnlySpan<byte> data)
    {
        Clear();
        var reader = new Utf8JsonReader(data, JsonText.Options);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("The event is not an object.");
        }

        while (JsonText.NextMember(ref reader))
        {
            Member(endpoint, ref reader);
        }

        // Nothing may follow the object.
        while (reader.Read())
        {
        }

        if (Type is not null && Type.EndsWith(".delta", StringComparison.Ordinal)
            && !Type.EndsWith("audio.delta", StringComparison.Ordinal))
        {
            Append(_delta);
        }

        if (Error is null && (eventType == "error" || Type == "error"))
        {
            Error = new(_message ?? "The provider reported an error.", _code, null);
        }
    }

    private void Member(LargeModelEndpoint endpoint, ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("choices"u8))
        {
            if (JsonText.ToArray(ref reader))
            {
                while (JsonText.NextObject(ref reader))
                {
                    Choice(ref reader);
                }
            }
        }
        else if (reader.ValueTextEquals("usage"u8))
        {
            ReadUsage(endpoint, ref reader);
        }
        else if (reader.ValueTextEquals("error"u8))
        {
            ReadError(ref reader);
        }
        else if (reader.ValueTextEquals("response"u8))
        {
            ReadResponse(endpoint, ref reader);
        }
        else if (reader.ValueTextEquals("type"u8))
        {
            Type = String(ref reader);
        }
        else if (reader.ValueTextEquals("delta"u8))
        {
            _delta = String(ref reader);
        }
        else if (reader.ValueTextEquals("message"u8))
        {
            _message = String(ref reader);
        }
        else if (reader.ValueTextEquals("code"u8))
        {
            _code = String(ref reader);
        }
        else
        {
            reader.Skip();
        }
    }

    private void Choice(ref Utf8JsonReader reader)
    {
        HasChoices = true;
        var (index, ends) = (0, false);
        while (JsonText.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("index"u8))
            {
                reader.Read();
                index = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var number) ? number : 0;
                reader.Skip();
            }
            else if (reader.ValueTextEquals("finish_reason"u8))
            {
                ends = String(ref reader) is not null;
            }
            else if (reader.ValueTextEquals("text"u8))
            {
                Append(String(ref reader));
            }
            else if (reader.ValueTextEquals("delta"u8) || reader.ValueTextEquals("message"u8))
            {
                if (JsonText.ToObject(ref reader))
                {
                    Delta(ref reader);
                }
            }
            else
            {
                reader.Skip();
            }
        }

        Choices.Add((index, ends));
    }

    private void Delta(ref Utf8JsonReader reader)
    {
        while (JsonText.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("content"u8))
            {
                Content(ref reader);
            }
            else if (reader.ValueTextEquals("refusal"u8) || reader.ValueTextEquals("reasoning_content"u8)
                || reader.ValueTextEquals("reasoning"u8))
            {
                Append(String(ref reader));
            }
            else if (reader.ValueTextEquals("tool_calls"u8))
            {
                ToolCalls(ref reader);
            }
            else if (reader.ValueTextEquals("function_call"u8))
            {
                Function(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    // Some servers send parts instead of a string.
    private void Content(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
        {
            Append(JsonText.Read(ref reader));
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
                    Append(String(ref reader));
                }
                else
                {
                    reader.Skip();
                }
            }
        }
    }

    private void ToolCalls(ref Utf8JsonReader reader)
    {
        if (!JsonText.ToArray(ref reader))
        {
            return;
        }

        while (JsonText.NextObject(ref reader))
        {
            while (JsonText.NextMember(ref reader))
            {
                if (reader.ValueTextEquals("function"u8) || reader.ValueTextEquals("custom"u8))
                {
                    Function(ref reader);
                }
                else
                {
                    reader.Skip();
                }
            }
        }
    }

    private void Function(ref Utf8JsonReader reader)
    {
        if (!JsonText.ToObject(ref reader))
        {
            return;
        }

        while (JsonText.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("name"u8) || reader.ValueTextEquals("arguments"u8) || reader.ValueTextEquals("input"u8))
            {
                Append(String(ref reader));
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private void ReadUsage(LargeModelEndpoint endpoint, ref Utf8JsonReader reader)
    {
        if (!JsonText.ToObject(ref reader))
        {
            return;
        }

        HasUsage = true;
        Usage = UsageReader.Read(endpoint, ref reader) ?? Usage;
    }

    private void ReadResponse(LargeModelEndpoint endpoint, ref Utf8JsonReader reader)
    {
        if (!JsonText.ToObject(ref reader))
        {
            return;
        }

        HasResponse = true;
        while (JsonText.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("usage"u8))
            {
                ReadUsage(endpoint, ref reader);
            }
            else if (reader.ValueTextEquals("error"u8))
            {
                ReadError(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private void ReadError(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
        {
            Error = new(JsonText.Read(ref reader), null, null);
            return;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        string? message = null, code = null, type = null;
        while (JsonText.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("message"u8))
            {
                message = String(ref reader);
            }
            else if (reader.ValueTextEquals("code"u8))
            {
                code = String(ref reader);
            }
            else if (reader.ValueTextEquals("type"u8))
            {
                type = String(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        Error = new(message ?? "The provider reported an error.", code, type);
    }

    // A number comes as its digits, for codes such as 429. Null for other values.
    private static string? String(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
        {
            return JsonText.Read(ref reader);
        }

        if (reader.TokenType == JsonTokenType.Number)
        {
            return Encoding.UTF8.GetString(reader.ValueSpan);
        }

        reader.Skip();
        return null;
    }

    // Most events have one text, which needs no copy.
    private void Append(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return;
        }

        if (_text.Length == 0)
        {
            _text = text;
            return;
        }

        if (_joined.Length == 0)
        {
            _joined.Append(_text);
        }

        _joined.Append(text);
    }
}
