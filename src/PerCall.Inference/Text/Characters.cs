using PerCall.Inference.Packages;

namespace PerCall.Inference.Text;

/// <summary>Texts by their characters, which are Unicode scalar values and not UTF-16 units.</summary>
public static class Characters
{
    private const long PerUnit = 1000;

    /// <summary>Scalar values of a text; half of a surrogate pair counts as one.</summary>
    public static int Count(string text)
    {
        var pairs = 0;
        for (var i = 1; i < text.Length; i++)
        {
            if (char.IsSurrogatePair(text[i - 1], text[i]))
            {
                pairs++;
                i++;
            }
        }

        return text.Length - pairs;
    }

    /// <summary>Thousands of characters, begun ones counted whole; what a call is priced by. At least 1.</summary>
    public static long Units(long characters) => Math.Max(1, (characters + PerUnit - 1) / PerUnit);

    /// <summary>What <see cref="Units"/> of calls come to at most, however long each of them is.</summary>
    public static long UnitsAtMost(long calls, long characters) => calls + (characters / PerUnit);

    /// <summary>At most <paramref name="length"/> UTF-16 units of a longer text, no pair cut in two.</summary>
    internal static string Cut(string text, int length, Truncation rule)
    {
        var head = rule switch
        {
            Truncation.Tail => 0,
            Truncation.HeadTail => length - (length / 2),
            _ => length,
        };
        var tail = length - head;
        head -= head > 0 && char.IsHighSurrogate(text[head - 1]) ? 1 : 0;
        tail -= tail > 0 && char.IsLowSurrogate(text[^tail]) ? 1 : 0;
        return string.Concat(text.AsSpan(0, head), text.AsSpan(text.Length - tail));
    }
}
