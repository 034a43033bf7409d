using PerCall.Inference.Packages;

namespace PerCall.Inference.Text;

/// <summary>Counts the characters of texts: Unicode scalar values, not UTF-16 units.</summary>
public static class Characters
{
    private const long PerUnit = 1000;

    /// <summary>Counts the scalar values of a text. Half of a surrogate pair counts as one.</summary>
    public static int Count(string text) => Count(text.AsSpan());

    /// <inheritdoc cref="Count(string)"/>
    public static int Count(ReadOnlySpan<char> text)
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

    /// <summary>Counts thousands of characters, rounded up, at least 1. This is the unit of a call's price.</summary>
    public static long Units(long characters) => Math.Max(1, (characters + PerUnit - 1) / PerUnit);

    /// <summary>Returns the maximum total of <see cref="Units"/> over calls, whatever their lengths.</summary>
    public static long UnitsAtMost(long calls, long characters) => calls + (characters / PerUnit);

    /// <summary>Cuts a text to at most <paramref name="length"/> UTF-16 units, without splitting a surrogate pair.</summary>
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
