using PerCall.Client.Wire;
using PerCall.Inference.Outputs;
using PerCall.Inference.Text;

namespace PerCall.Functions.HuggingFace;

/// <summary>Converts labelled parts of a text to the dialect's form.</summary>
public static class Entities
{
    /// <param name="text">The text.</param>
    /// <param name="output">Its parts, in their order in it.</param>
    /// <param name="ignored">Labels whose parts are left out.</param>
    public static IReadOnlyList<HuggingFaceEntity> Of(string text, TokensOutput output, IReadOnlyList<string> ignored)
    {
        var entities = new List<HuggingFaceEntity>();
        // Parts do not overlap, so one pass over the text finds all places.
        var (unit, character) = (0, 0);
        foreach (var part in output.Entities)
        {
            var (start, end) = (PlaceOf(part.Start), PlaceOf(part.End));
            if (!ignored.Contains(part.Label))
            {
                entities.Add(new(part.Label, part.Score, text[part.Start..part.End], start, end));
            }
        }

        return entities;

        int PlaceOf(int place)
        {
            character += Characters.Count(text.AsSpan(unit, place - unit));
            unit = place;
            return character;
        }
    }
}
