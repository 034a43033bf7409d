using PerCall.Client.Wire;
using PerCall.Inference.Redaction;
using PerCall.Inference.Text;

namespace PerCall.Functions.Redaction;

/// <summary>Redacts the texts of a call, and converts the results to the API's form.</summary>
public static class RedactedAnswers
{
    /// <summary>Redacts all texts with one map: a value has the same placeholder in all of them.</summary>
    public static RedactTextResponse Of(string id, RedactCall call, Redactor redactor, CancellationToken cancellation)
    {
        var map = RedactionMap.For(call.Texts);
        var results = new List<RedactedTextResult>(call.Texts.Count);
        foreach (var (index, text) in call.Texts.Index())
        {
            cancellation.ThrowIfCancellationRequested();
            var redacted = redactor.Redact(text, map, call.Kinds);
            results.Add(new() { Index = index, Text = redacted.Text, Found = Found(text, redacted.Found) });
        }

        return new() { Id = id, Results = results, Usage = new(call.Characters) };
    }

    /// <summary>Converts places in UTF-16 units to places in characters.</summary>
    private static List<FoundInText> Found(string text, IReadOnlyList<FoundValue> found)
    {
        var places = new List<FoundInText>(found.Count);
        var (unit, character) = (0, 0);
        int CharactersBefore(int position)
        {
            character += Characters.Count(text[unit..position]);
            unit = position;
            return character;
        }

        foreach (var value in found)
        {
            var start = CharactersBefore(value.Start);
            places.Add(new(RedactionKinds.NameOf(value.Kind), start, CharactersBefore(value.End), value.Placeholder));
        }

        return places;
    }
}
