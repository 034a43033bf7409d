using System.Text;
using System.Text.Encodings.Web;

namespace PerCall.LargeModels.Dialect;

/// <summary>The text of an answer that a part of the JSON belongs to.</summary>
/// <param name="Index">Index of the choice, or of the output item of a response.</param>
/// <param name="Part">Index of the tool call of a choice, or of the content of an output item's delta; otherwise 0.</param>
/// <param name="Field">
/// <c>content</c>, <c>refusal</c>, <c>reasoning</c>, <c>arguments</c> or <c>input</c> of a choice; <c>text</c>, <c>refusal</c>,
/// <c>arguments</c>, <c>input</c> or (if it is whole) <c>reasoning</c> of a response, or the event's type for other deltas.
/// <c>arguments</c> is JSON in a text.
/// </param>
/// <param name="Whole">Whether the text is complete. False: it is a piece, and the next piece has the same place.</param>
public readonly record struct TextPlace(int Index, int Part, string Field, bool Whole);

/// <summary>Returns the text that replaces a generated text.</summary>
public delegate string TextRewriter(TextPlace place, string text);

/// <summary>Replaces generated texts in events and whole answers. All other bytes stay as they are.</summary>
public static class StreamRewriting
{
    /// <summary>
    /// Calls the rewriter for each generated text of an event or a whole answer, in the order of the JSON, and returns the JSON with the
    /// results; or the same memory when nothing changed. A delta's event can also be a template: rewritten once more, it carries text
    /// that the rewriter held back.
    /// </summary>
    /// <param name="endpoint">The call.</param>
    /// <param name="json">One event's data, or a whole answer, in UTF-8.</param>
    /// <param name="rewrite">Replaces one text.</param>
    /// <exception cref="System.Text.Json.JsonException">The data is not a JSON object.</exception>
    public static ReadOnlyMemory<byte> Rewrite(LargeModelEndpoint endpoint, ReadOnlyMemory<byte> json, TextRewriter rewrite)
    {
        MemoryStream? rewritten = null;
        var written = 0;
        foreach (var spot in TextSpots.Find(endpoint, json.Span))
        {
            var text = rewrite(spot.Place, spot.Text);
            if (string.Equals(text, spot.Text, StringComparison.Ordinal))
            {
                continue;
            }

            rewritten ??= new(json.Length + 64);
            rewritten.Write(json.Span[written..spot.Start]);
            rewritten.WriteByte((byte)'"');
            // Half of a surrogate pair becomes a replacement character.
            rewritten.Write(Encoding.UTF8.GetBytes(JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text)));
            rewritten.WriteByte((byte)'"');
            written = spot.End;
        }

        if (rewritten is null)
        {
            return json;
        }

        rewritten.Write(json.Span[written..]);
        return rewritten.GetBuffer().AsMemory(0, (int)rewritten.Length);
    }
}
