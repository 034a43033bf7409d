using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using PerCall.LargeModels;
using PerCall.LargeModels.Dialect;

namespace PerCall.Functions.LargeModels;

/// <summary>Writes a stream's events: marked, and with the redacted values put back.</summary>
/// <param name="endpoint">The call.</param>
/// <param name="model">The model's public name.</param>
/// <param name="values">Puts redacted values back; null: nothing was redacted.</param>
public sealed class StreamEditor(LargeModelEndpoint endpoint, string model, StreamReinsertion? values)
{
    private bool _marked;

    /// <summary>Writes one event. An event without data is left out.</summary>
    public void Write(StreamPiece piece, IBufferWriter<byte> output)
    {
        if (piece.Data.IsEmpty)
        {
            return;
        }

        foreach (var held in values?.Before(piece) ?? [])
        {
            Event(output, piece.EventType is null ? null : held.EventType, held.Data.Span);
        }

        var data = values is null ? piece.Data : values.Rewrite(piece);
        Event(output, piece.EventType, _marked ? data.Span : Marking.Add(data.Span, model));
        _marked = true;
    }

    /// <summary>Writes the end of a complete stream: its cost, as a comment, and the mark that ends it.</summary>
    /// <param name="charged">What the caller pays: micro-units, and the sum of units.</param>
    /// <param name="output">The segment.</param>
    public void WriteEnd((long Cost, long Units) charged, IBufferWriter<byte> output)
    {
        foreach (var held in values?.Rest() ?? [])
        {
            Event(output, held.EventType, held.Data.Span);
        }

        Span<byte> comment = stackalloc byte[96];
        System.Text.Unicode.Utf8.TryWrite(
            comment, CultureInfo.InvariantCulture, $": percall cost={charged.Cost} units={charged.Units}\n\n", out var length);
        output.Write(comment[..length]);
        if (endpoint == LargeModelEndpoint.ChatCompletions)
        {
            output.Write("data: [DONE]\n\n"u8);
        }
    }

    /// <summary>Writes an error as the stream's last event, in the form that OpenAI's clients raise.</summary>
    public void WriteError(StreamError error, IBufferWriter<byte> output)
    {
        var isTyped = endpoint == LargeModelEndpoint.Responses;
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            if (isTyped)
            {
                writer.WriteString("type", "error");
                Members(writer, error);
            }

            writer.WriteStartObject("error");
            Members(writer, error);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        Event(output, isTyped ? "error" : null, json.GetBuffer().AsSpan(0, (int)json.Length));
    }

    private static void Members(Utf8JsonWriter writer, StreamError error)
    {
        writer.WriteString("message", error.Message);
        writer.WriteString("code", error.Code);
        writer.WriteNull("param");
        if (writer.CurrentDepth > 1)
        {
            writer.WriteString("type", error.Type ?? "server_error");
        }
    }

    private static void Event(IBufferWriter<byte> output, string? type, ReadOnlySpan<byte> data)
    {
        if (type is not null)
        {
            output.Write("event: "u8);
            Encoding.UTF8.GetBytes(type, output);
            output.Write("\n"u8);
        }

        // A provider may break its JSON into lines; each needs the field's name.
        foreach (var line in data.Split((byte)'\n'))
        {
            output.Write("data: "u8);
            output.Write(data[line].TrimEnd((byte)'\r'));
            output.Write("\n"u8);
        }

        output.Write("\n"u8);
    }
}
