using System.Globalization;
using System.Text.Json;

namespace PerCall.LargeModels.Dialect;

/// <summary>Reads the members of a <c>usage</c> object, as OpenAI and compatible servers send them.</summary>
internal ref struct UsageReader
{
    private const long Most = 1_000_000_000;

    private long? _prompt;
    private long? _input;
    private long? _output;
    private long? _total;
    private long? _cached;
    private long? _cacheRead;
    private long? _cacheWrite;
    private long? _reasoning;
    private double? _seconds;
    private bool _invalid;

    /// <summary>Reads the object that the reader is at; the reader is at its end then. Returns null when it is implausible.</summary>
    public static TokenUsage? Read(LargeModelEndpoint endpoint, ref Utf8JsonReader reader)
    {
        var usage = default(UsageReader);
        usage.Members(ref reader);
        if (usage._invalid)
        {
            return null;
        }

        return endpoint == LargeModelEndpoint.Transcriptions && usage._seconds is { } seconds
            ? OfSeconds(seconds)
            : usage.Tokens(endpoint);
    }

    /// <summary>Returns the usage of an audio file; null: the duration is implausible.</summary>
    public static TokenUsage? OfSeconds(double seconds) =>
        seconds is > 0 and <= Most ? new TokenUsage(0, 0, 0, (long)Math.Ceiling(seconds)) : null;

    private void Members(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var detail = 0;
            if (reader.ValueTextEquals("prompt_tokens"u8))
            {
                Number(ref reader, ref _prompt);
            }
            else if (reader.ValueTextEquals("input_tokens"u8))
            {
                Number(ref reader, ref _input);
            }
            else if (reader.ValueTextEquals("completion_tokens"u8) || reader.ValueTextEquals("output_tokens"u8))
            {
                Number(ref reader, ref _output);
            }
            else if (reader.ValueTextEquals("total_tokens"u8))
            {
                Number(ref reader, ref _total);
            }
            else if (reader.ValueTextEquals("prompt_cache_hit_tokens"u8))
            {
                Number(ref reader, ref _cached);
            }
            else if (reader.ValueTextEquals("cache_read_input_tokens"u8))
            {
                Number(ref reader, ref _cacheRead);
            }
            else if (reader.ValueTextEquals("cache_creation_input_tokens"u8))
            {
                Number(ref reader, ref _cacheWrite);
            }
            else if (reader.ValueTextEquals("seconds"u8) || reader.ValueTextEquals("duration"u8))
            {
                Seconds(ref reader);
            }
            else if ((detail = Detail(in reader)) > 0)
            {
                Details(ref reader, detail);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static int Detail(in Utf8JsonReader reader) =>
        reader.ValueTextEquals("prompt_tokens_details"u8) || reader.ValueTextEquals("input_tokens_details"u8) ? 1
        : reader.ValueTextEquals("completion_tokens_details"u8) || reader.ValueTextEquals("output_tokens_details"u8) ? 2
        : reader.ValueTextEquals("cache_creation"u8) ? 3
        : 0;

    private void Details(ref Utf8JsonReader reader, int detail)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        var written = 0L;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            long? part = null;
            if (detail == 1 && reader.ValueTextEquals("cached_tokens"u8))
            {
                Number(ref reader, ref _cached);
            }
            else if (detail == 2 && reader.ValueTextEquals("reasoning_tokens"u8))
            {
                Number(ref reader, ref _reasoning);
            }
            else if (detail == 3)
            {
                Number(ref reader, ref part);
                written += part ?? 0;
            }
            else
            {
                reader.Skip();
            }
        }

        // The sum of the details can be smaller than the total, and the other way round. The larger was billed.
        if (detail == 3)
        {
            _cacheWrite = Math.Max(_cacheWrite ?? 0, written);
        }
    }

    private readonly TokenUsage? Tokens(LargeModelEndpoint endpoint)
    {
        var generates = endpoint is LargeModelEndpoint.ChatCompletions or LargeModelEndpoint.Responses;
        var prompt = _prompt ?? _input ?? (endpoint == LargeModelEndpoint.Embeddings ? _total : null);
        var output = _output ?? (_total is { } total && prompt is { } known && total >= known ? total - known : null);
        if (prompt is not { } tokens || (generates && output is null))
        {
            return null;
        }

        var generated = generates || endpoint == LargeModelEndpoint.Transcriptions ? output ?? 0 : 0;
        var written = _cacheWrite ?? 0;
        long uncached, cached;
        if (IsExclusive(tokens, generated))
        {
            cached = _cacheRead ?? 0;
            uncached = tokens + written;
        }
        else
        {
            cached = _cached ?? _cacheRead ?? 0;
            if (cached > tokens)
            {
                return null;
            }

            uncached = Math.Max(tokens - cached, written);
        }

        // Some servers leave the reasoning out of the completion, and have it in the total or in the details alone.
        if (generates && _total is { } all)
        {
            generated = Math.Max(generated, all - uncached - cached);
        }
        else if (generates && _reasoning > generated)
        {
            generated += _reasoning.Value;
        }

        var used = new TokenUsage(uncached, cached, generated);
        return uncached + cached == 0 || used.Tokens > Most ? null : used;
    }

    // Anthropic's "input_tokens" does not include what was read from or written to the cache. OpenAI's does.
    private readonly bool IsExclusive(long input, long output) =>
        _prompt is null && _cached is null && (_cacheRead ?? _cacheWrite) is not null && _total != input + output;

    private void Number(ref Utf8JsonReader reader, ref long? field)
    {
        if (Value(ref reader) is not { } number)
        {
            return;
        }

        if (number >= 0 && number <= Most && double.IsInteger(number))
        {
            field = (long)number;
        }
        else
        {
            _invalid = true;
        }
    }

    private void Seconds(ref Utf8JsonReader reader)
    {
        if (Value(ref reader) is not { } number)
        {
            return;
        }

        if (number >= 0)
        {
            _seconds = number;
        }
        else
        {
            _invalid = true;
        }
    }

    // Numbers can come as strings. Null is the same as a missing member.
    private double? Value(ref Utf8JsonReader reader)
    {
        reader.Read();
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return null;
            case JsonTokenType.Number when reader.TryGetDouble(out var number):
                return number;
            case JsonTokenType.String
                when double.TryParse(reader.ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture, out var number):
                return number;
            default:
                _invalid = true;
                reader.Skip();
                return null;
        }
    }
}
