using System.Text.Json;

namespace PerCall.Training.Ratings;

/// <summary>
/// Reads rows of a JSON Lines file: <c>{"user", "item", "rating"?, "timestamp"?}</c>, with ids as strings or numbers. Skips empty lines.
/// </summary>
internal static class JsonRatingRows
{
    private const string Expected = "expected an object with user, item and optionally rating and timestamp";

    public static IEnumerable<RatingRow> Read(TextReader reader, RatingFaults faults)
    {
        for (var line = 1L; reader.ReadLine() is { } text; line++)
        {
            if (!string.IsNullOrWhiteSpace(text) && Parse(line, text, faults) is { } row)
            {
                yield return row;
            }
        }
    }

    private static RatingRow? Parse(long line, string text, RatingFaults faults)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new() { AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                faults.Add(line, $"{RatingFaults.Show(text)} is not an object; {Expected}.");
                return null;
            }

            string?[] values = [null, null, null, null];
            foreach (var property in document.RootElement.EnumerateObject())
            {
                var place = Array.IndexOf(["user", "item", "rating", "timestamp"], property.Name);
                if (place < 0 || property.Value.ValueKind is not (JsonValueKind.String or JsonValueKind.Number))
                {
                    faults.Add(
                        line,
                        $"{RatingFaults.Show(property.Name)} is {RatingFaults.Show(property.Value.GetRawText())}; {Expected}, each a "
                            + "string or a number.");
                    return null;
                }

                values[place] = property.Value.ToString();
            }

            return new(line, values[0] ?? "", values[1] ?? "", values[2], values[3]);
        }
        // An escaped lone surrogate is detected only when the string is read.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            faults.Add(line, $"{RatingFaults.Show(text)} is not valid JSON; {Expected}.");
            return null;
        }
    }
}
