using System.Text;

namespace PerCall.Testing.Redaction;

/// <summary>
/// Generates texts with personal data and secrets, and texts that only look as if they had some. The same seed gives the same texts.
/// </summary>
public static class PersonalTexts
{
    private static readonly string[] First =
        ["Anna", "Jan", "Marie", "Luca", "Sofía", "Peter", "Inês", "Tom", "Zofia", "Pedro", "Emma", "Chiara"];
    private static readonly string[] Last =
        ["Müller", "Dupont", "García", "Rossi", "Kowalska", "de Vries", "Silva", "Smith", "O'Brien", "Weiß"];
    private static readonly string[] Streets =
        ["Hauptstr. 12", "14 High Street", "3 rue de la Paix", "Calle Mayor 7", "Via Roma 21", "ul. Długa 5"];

    /// <summary>The codes of the languages.</summary>
    public static IReadOnlyList<string> Languages => TextTemplates.Codes;

    /// <summary>Generates texts, the languages in turns.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="count">The number of texts.</param>
    public static IEnumerable<LabelledText> Generate(int seed, int count)
    {
        var draw = new Drawing(seed);
        for (var i = 0; i < count; i++)
        {
            var language = TextTemplates.Codes[i % TextTemplates.Codes.Count];
            var template = draw.Of(draw.Next(10) switch
            {
                < 4 => TextTemplates.Personal(language),
                < 6 => TextTemplates.PersonalRecords,
                < 9 => TextTemplates.Others(language),
                _ => TextTemplates.OthersRecords,
            });
            var text = Fill(template, language, draw);
            // Some texts are longer: two sentences after each other.
            yield return draw.Chance(0.2) ? Join(text, Fill(draw.Of(TextTemplates.Others(language)), language, draw)) : text;
        }
    }

    /// <summary>Fills the slots of one text.</summary>
    internal static LabelledText Fill(string template, string language, Drawing draw)
    {
        var text = new StringBuilder();
        var values = new List<LabelledValue>();
        for (var i = 0; i < template.Length; i++)
        {
            var end = template[i] == '{' ? template.IndexOf('}', i) : -1;
            var slot = end < 0 ? "" : template[(i + 1)..end];
            if (slot.Length == 0 || slot.Any(c => !char.IsAsciiLetterLower(c) && c != '_'))
            {
                text.Append(template[i]);
                continue;
            }

            if (DrawnValues.Draw(slot, language, draw) is var (kind, form, value))
            {
                values.Add(new(kind, form, text.Length, text.Length + value.Length));
                text.Append(value);
            }
            else
            {
                text.Append(slot switch
                {
                    "first" => draw.Of(First),
                    "last" => draw.Of(Last),
                    "street" => draw.Of(Streets),
                    _ => DrawnOthers.Draw(slot, language, draw),
                });
            }

            i = end;
        }

        return new(language, text.ToString(), values);
    }

    private static LabelledText Join(LabelledText first, LabelledText second)
    {
        var shift = first.Text.Length + 1;
        return new(
            first.Language, $"{first.Text}\n{second.Text}",
            [.. first.Values, .. second.Values.Select(v => v with { Start = v.Start + shift, End = v.End + shift })]);
    }
}
