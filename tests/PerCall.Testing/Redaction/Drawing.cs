using System.Text;

namespace PerCall.Testing.Redaction;

/// <summary>Draws characters and choices. The same seed gives the same values.</summary>
internal sealed class Drawing(int seed)
{
    private static readonly string[] Dashes = ["-", "\u2010", "\u2011", "\u2013", "\u2212"];
    private static readonly string[] Spaces = ["\u00A0", "\u202F", "\u2009"];

    private readonly Random _random = new(seed);

    public int Next(int below) => _random.Next(below);

    public int Between(int least, int most) => _random.Next(least, most + 1);

    public bool Chance(double share) => _random.NextDouble() < share;

    public T Of<T>(IReadOnlyList<T> choices) => choices[_random.Next(choices.Count)];

    public string Digits(int count) => From("0123456789", count);

    public string Hex(int count) => From("0123456789abcdef", count);

    public string From(string letters, int count) =>
        string.Concat(Enumerable.Range(0, count).Select(_ => letters[_random.Next(letters.Length)]));

    /// <summary>Fills a form: # any digit, N from 2 to 9, X from 1 to 9, A a capital letter. All other characters stay.</summary>
    public string Fill(string form)
    {
        var text = new StringBuilder(form.Length);
        foreach (var c in form)
        {
            text.Append(c switch
            {
                '#' => (char)('0' + _random.Next(10)),
                'N' => (char)('2' + _random.Next(8)),
                'X' => (char)('1' + _random.Next(9)),
                'A' => (char)('A' + _random.Next(26)),
                _ => c,
            });
        }

        return text.ToString();
    }

    /// <summary>Sometimes replaces all dashes and spaces by those of a word processor.</summary>
    public string Typeset(string text)
    {
        text = Chance(0.08) ? text.Replace("-", Of(Dashes), StringComparison.Ordinal) : text;
        return Chance(0.08) ? text.Replace(" ", Of(Spaces), StringComparison.Ordinal) : text;
    }

    /// <summary>Writes separators between groups of the given lengths.</summary>
    public static string Group(string text, string separator, params ReadOnlySpan<int> lengths)
    {
        var grouped = new StringBuilder();
        var at = 0;
        foreach (var length in lengths)
        {
            grouped.Append(at == 0 ? "" : separator).Append(text, at, length);
            at += length;
        }

        return grouped.ToString();
    }
}
