using System.Globalization;

namespace PerCall.Inference.Redaction;

/// <summary>The form of placeholders: <c>[EMAIL_1]</c>.</summary>
internal static class Placeholder
{
    // The longest label and more digits than a call can need.
    private const int MaxLabel = 8;
    private const int MaxDigits = 9;

    public static string Of(RedactionKind kind, int number) =>
        string.Create(CultureInfo.InvariantCulture, $"[{RedactionKinds.LabelOf(kind)}_{number}]");

    /// <summary>Returns the length of what looks like a placeholder at a position; 0: nothing does.</summary>
    public static int LengthAt(string text, int start)
    {
        var i = start + 1;
        i = Skip(text, i, MaxLabel, char.IsAsciiLetterUpper);
        if (i == start + 1 || i >= text.Length || text[i] != '_')
        {
            return 0;
        }

        var digits = i + 1;
        i = Skip(text, digits, MaxDigits, char.IsAsciiDigit);
        return i > digits && i < text.Length && text[i] == ']' ? i + 1 - start : 0;
    }

    private static int Skip(string text, int start, int most, Func<char, bool> belongs)
    {
        var i = start;
        while (i < text.Length && i - start < most && belongs(text[i]))
        {
            i++;
        }

        return i;
    }
}
