using System.Globalization;

namespace PerCall.Inference.Text;

/// <summary>
/// A changed text whose characters are mapped to those of the original. The text is changed character by character (extended grapheme
/// clusters), which gives the same result as changing all of it, except where a change looks beyond a character.
/// </summary>
internal sealed class AlignedText
{
    private readonly int[] _starts;
    private readonly int[] _ends;

    private AlignedText(string text, int[] starts, int[] ends) => (Text, _starts, _ends) = (text, starts, ends);

    public string Text { get; }

    /// <summary>Changes a text.</summary>
    /// <param name="original">The original text.</param>
    /// <param name="change">The change of a text, or of one of its characters.</param>
    /// <param name="skipped">Number of units before the original text.</param>
    public static AlignedText Of(string original, Func<string, string> change, int skipped = 0)
    {
        var (text, starts, ends) = (new System.Text.StringBuilder(original.Length), new List<int>(), new List<int>());
        for (var at = 0; at < original.Length;)
        {
            var length = StringInfo.GetNextTextElementLength(original, at);
            var changed = change(original.Substring(at, length));
            text.Append(changed);
            for (var i = 0; i < changed.Length; i++)
            {
                // The same length: unit by unit. Otherwise the whole character.
                starts.Add(skipped + (changed.Length == length ? at + i : at));
                ends.Add(skipped + (changed.Length == length ? at + i + 1 : at + length));
            }

            at += length;
        }

        return new(text.ToString(), [.. starts], [.. ends]);
    }

    /// <summary>Returns where a part of the changed text is in the original.</summary>
    public (int Start, int End) Original(int start, int length) => length == 0 ? (0, 0) : (_starts[start], _ends[start + length - 1]);
}
