using System.Text;
using System.Text.Json;
using PerCall.Inference.Redaction;
using PerCall.LargeModels;
using PerCall.LargeModels.Dialect;

namespace PerCall.Functions.LargeModels;

/// <summary>Puts redacted values back into a stream's events. What may be the beginning of a placeholder is held back.</summary>
/// <param name="facts">The call.</param>
/// <param name="map">The placeholders and their values.</param>
public sealed class StreamReinsertion(CallFacts facts, RedactionMap map)
{
    private readonly Dictionary<TextPlace, Place> _places = [];

    /// <summary>Puts the values back into a whole answer, JSON or plain text.</summary>
    public static ReadOnlyMemory<byte> Whole(CallFacts facts, RedactionMap map, ReadOnlyMemory<byte> answer) => facts.JsonAnswer
        ? StreamRewriting.Rewrite(facts.Endpoint, answer, (place, text) => Whole(facts, map, place, text))
        : Encoding.UTF8.GetBytes(map.Reinsert(Encoding.UTF8.GetString(answer.Span)));

    /// <summary>Returns the event with the values put back, as far as they are complete.</summary>
    public ReadOnlyMemory<byte> Rewrite(StreamPiece piece) => StreamRewriting.Rewrite(facts.Endpoint, piece.Data, (place, text) =>
    {
        if (place.Whole)
        {
            return Whole(facts, map, place, text);
        }

        if (!_places.TryGetValue(place, out var known))
        {
            _places[place] = known = new(IsJson(facts, place) ? map.JsonReinserter() : map.Reinserter());
        }

        known.Template = piece;
        return known.Reinserter.Push(text);
    });

    /// <summary>Returns the events to send before one that ends texts: they carry what was held back of these texts.</summary>
    public IEnumerable<StreamPiece> Before(StreamPiece piece) =>
        _places.Values.Any(p => p.Reinserter.Held > 0) ? Held(Ended(piece)) : [];

    /// <summary>Returns the events that carry all that is still held back.</summary>
    public IEnumerable<StreamPiece> Rest() => Held(_ => true);

    private static string Whole(CallFacts facts, RedactionMap map, TextPlace place, string text) =>
        IsJson(facts, place) ? map.ReinsertJson(text) : map.Reinsert(text);

    /// <summary>Whether a text is JSON. Values in it are escaped, so that a quotation mark does not end a JSON string.</summary>
    private static bool IsJson(CallFacts facts, TextPlace place) =>
        place.Field == "arguments" || (facts.JsonText && place.Field is "content" or "text");

    private IEnumerable<StreamPiece> Held(Func<int, bool> ended)
    {
        foreach (var (place, known) in _places)
        {
            if (known.Reinserter.Held > 0 && ended(place.Index))
            {
                var rest = known.Reinserter.Flush();
                yield return known.Template! with
                {
                    Data = StreamRewriting.Rewrite(facts.Endpoint, known.Template.Data, (other, _) => other == place ? rest : ""),
                };
            }
        }
    }

    /// <summary>Returns which choices end with an event.</summary>
    private Func<int, bool> Ended(StreamPiece piece)
    {
        if (facts.Endpoint != LargeModelEndpoint.ChatCompletions)
        {
            var ends = piece.Ends || piece.EventType?.EndsWith(".done", StringComparison.Ordinal) == true;
            return _ => ends;
        }

        using var chunk = JsonDocument.Parse(piece.Data);
        HashSet<int> finished = [];
        if (chunk.RootElement.TryGetProperty("choices", out var choices) && choices.ValueKind == JsonValueKind.Array)
        {
            finished.UnionWith(
                from choice in choices.EnumerateArray()
                where choice.TryGetProperty("finish_reason", out var reason) && reason.ValueKind == JsonValueKind.String
                select choice.TryGetProperty("index", out var index) && index.TryGetInt32(out var number) ? number : 0);
        }

        return finished.Contains;
    }

    private sealed class Place(Reinserter reinserter)
    {
        public Reinserter Reinserter => reinserter;

        /// <summary>The last event with a piece of this text.</summary>
        public StreamPiece? Template { get; set; }
    }
}
