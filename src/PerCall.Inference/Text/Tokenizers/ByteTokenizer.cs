using System.Text;

namespace PerCall.Inference.Text.Tokenizers;

/// <summary>The bytes of a text in UTF-8, each moved up by a fixed offset.</summary>
internal sealed class ByteTokenizer(int offset) : TextTokenizer
{
    // A character takes at most this many bytes for each of its UTF-16 units.
    private const int BytesPerUnit = 3;

    public override int? IdOf(string token) => null;

    public override IReadOnlyList<int> Encode(string text, int limit)
    {
        // No more of a long text is encoded than can be asked for: every unit is a byte at least.
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
}
