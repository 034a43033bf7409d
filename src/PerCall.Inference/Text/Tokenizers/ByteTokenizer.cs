using System.Text;

namespace PerCall.Inference.Text.Tokenizers;

/// <summary>Converts a text to its UTF-8 bytes, each increased by a fixed offset.</summary>
internal sealed class ByteTokenizer(int offset) : TextTokenizer
{
    // A UTF-16 unit takes at most this many bytes.
    private const int BytesPerUnit = 3;

    public override int? IdOf(string token) => null;

    public override IReadOnlyList<int> Encode(string text, int limit)
    {
        // Encodes only as much of a long text as can be needed: every unit takes at least one byte.
        var units = Math.Min(text.Length, limit);
        var bytes = new byte[units * BytesPerUnit];
        Encoding.UTF8.GetEncoder().Convert(text.AsSpan(0, units), bytes, flush: false, out _, out var written, out _);
        var ids = new int[written];
        for (var i = 0; i < written; i++)
        {
            ids[i] = bytes[i] + offset;
        }

        return ids;
    }

    public override IReadOnlyList<LocatedToken> Locate(string text)
    {
        var tokens = new List<LocatedToken>(text.Length);
        Span<byte> bytes = stackalloc byte[4];
        var at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            var count = rune.EncodeToUtf8(bytes);
            var first = LocatedToken.OfPart(bytes[0] + offset, text, at, at + rune.Utf16SequenceLength);
            tokens.Add(first);
            for (var i = 1; i < count; i++)
            {
                // The first byte stands for the character.
                tokens.Add(first with { Id = bytes[i] + offset, Length = 0 });
            }

            at += rune.Utf16SequenceLength;
        }

        return tokens;
    }
}
