using System.Buffers.Binary;
using System.Collections;
using System.Text;
using System.Text.Json;

namespace PerCall.Inference.Text.Tokenizers;

/// <summary>
/// Finds the faults of a <c>tokenizer.json</c> on which the native library ends the process instead of returning an error.
/// </summary>
internal static class TokenizerJsonFaults
{
    public static void Check(JsonElement root, JsonElement model)
    {
        Parts(TokenizerJson.Member(root, "normalizer"));
        Parts(TokenizerJson.Member(root, "pre_tokenizer"));
        var prefix = TokenizerJson.Text(model, "continuing_subword_prefix") ?? "";
        if (prefix.Length > 0)
        {
            foreach (var merge in TokenizerJson.Items(model, "merges"))
            {
                var second = merge.ValueKind == JsonValueKind.Array ? merge[1].GetString()! : merge.GetString()!.Split(' ')[^1];
                if (!second.StartsWith(prefix, StringComparison.Ordinal))
                {
                    throw new ModelCorruptException($"its merge {merge} has a second part without the prefix '{prefix}'");
                }
            }
        }
    }

    private static void Parts(JsonElement part)
    {
        switch (part.ValueKind)
        {
            case JsonValueKind.Array:
                foreach (var item in part.EnumerateArray())
                {
                    Parts(item);
                }

                break;

            case JsonValueKind.Object:
                foreach (var member in part.EnumerateObject())
                {
                    if (member.Name == "precompiled_charsmap")
                    {
                        CheckCharacterMap(member.Value);
                    }
                    else if (member.Name == "pattern" && TokenizerJson.Text(member.Value, "String") is "")
                    {
                        throw new ModelCorruptException("it has an empty pattern");
                    }

                    Parts(member.Value);
                }

                break;
        }
    }

    /// <summary>
    /// Checks a precompiled character map of SentencePiece: the number of bytes of a double-array trie, the trie, and texts that end with a
    /// zero byte. Every place that the trie can lead to has to exist.
    /// </summary>
    private static void CheckCharacterMap(JsonElement map)
    {
        var text = map.GetString() ?? "";
        var bytes = new byte[text.Length];
        if (text.Any(char.IsWhiteSpace) || !Convert.TryFromBase64String(text, bytes, out var length) || length < 4)
        {
            throw Damaged();
        }

        var data = bytes.AsSpan(0, length);
        var size = BinaryPrimitives.ReadUInt32LittleEndian(data);
        if (size == 0 || size % 4 != 0 || size > data.Length - 4)
        {
            throw Damaged();
        }

        var texts = data[(4 + (int)size)..];
        try
        {
            _ = new UTF8Encoding(false, true).GetCharCount(texts);
        }
        catch (DecoderFallbackException)
        {
            throw Damaged();
        }

        Walk(data.Slice(4, (int)size), texts);
    }

    /// <summary>Follows all paths of a trie. The layout of its units is that of the library Darts-clone.</summary>
    private static void Walk(ReadOnlySpan<byte> trie, ReadOnlySpan<byte> texts)
    {
        var count = (uint)trie.Length / 4;
        var seen = new BitArray((int)count);
        var open = new Stack<uint>();
        open.Push(Offset(Unit(trie, 0)));
        while (open.TryPop(out var at))
        {
            // A byte of the text changes the lowest eight bits.
            if ((at | byte.MaxValue) >= count)
            {
                throw Damaged();
            }

            for (var label = 1u; label <= byte.MaxValue; label++)
            {
                var place = at ^ label;
                var unit = Unit(trie, place);
                if ((unit & 0x800000FF) != label || seen[(int)place])
                {
                    continue;
                }

                seen[(int)place] = true;
                var next = place ^ Offset(unit);
                if (next >= count)
                {
                    throw Damaged();
                }

                if ((unit & 0x100) != 0)
                {
                    var value = Unit(trie, next) & int.MaxValue;
                    if (value > texts.Length || (value < texts.Length && (texts[(int)value] & 0xC0) == 0x80))
                    {
                        throw Damaged();
                    }
                }

                open.Push(next);
            }
        }
    }

    private static uint Unit(ReadOnlySpan<byte> trie, uint at) => BinaryPrimitives.ReadUInt32LittleEndian(trie[((int)at * 4)..]);

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & 0x200) >> 6);

    private static ModelCorruptException Damaged() => new("its precompiled_charsmap is damaged");
}
