namespace PerCall.Inference.Text.Tokenizers;

/// <summary>Finds runs of a text: stretches without a change between white space and other characters.</summary>
internal static class Runs
{
    /// <summary>
    /// Returns the parts of a text, cut only within runs longer than <paramref name="max"/> units; usually the whole text.
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
