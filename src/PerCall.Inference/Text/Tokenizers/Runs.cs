namespace PerCall.Inference.Text.Tokenizers;

/// <summary>Stretches of a text without a change between white space and anything else.</summary>
internal static class Runs
{
    /// <summary>
    /// The parts of a text, cut within runs that are longer than <paramref name="max"/> units and nowhere else; usually the whole.
    /// </summary>
    public static IEnumerable<Range> Cut(string text, int max)
    {
        var (part, run) = (0, 0);
        for (var i = 1; i < text.Length; i++)
        {
            if (char.IsWhiteSpace(text[i]) != char.IsWhiteSpace(text[i - 1]))
            {
                run = i;
            }
            else if (i - run >= max && !char.IsLowSurrogate(text[i]))
            {
                yield return part..i;
                (part, run) = (i, i);
            }
        }

        yield return part..text.Length;
    }
}
