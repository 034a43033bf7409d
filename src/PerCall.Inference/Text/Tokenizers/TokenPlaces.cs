using System.Globalization;
using System.Text;

namespace PerCall.Inference.Text.Tokenizers;

/// <summary>
/// Finds where tokens are in a text, by the letters of both. A tokenizer may have changed case, accents and compatibility forms, so both
/// sides are compared without these. Where they still differ, the first token of the rest has the place of the rest.
/// </summary>
internal sealed class TokenPlaces(TokenizerJson json)
{
    private const char Anything = '\0';

    // GPT-2 shows the bytes that are not visible characters as the letters from this one on.
    private const int HiddenBytes = 0x100;

    private readonly Dictionary<char, byte> _bytes = ByteLetters();
    private readonly Lazy<Dictionary<int, string>> _tokens = new(() => Reverse(json));
    private readonly HashSet<string> _added = [.. json.AddedTokens];

    /// <summary>Appends the tokens of a part of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="start">Where the part starts.</param>
    /// <param name="end">Where it ends.</param>
    /// <param name="ids">The part's tokens.</param>
    /// <param name="to">Receives the tokens.</param>
    public void Add(string text, int start, int end, ReadOnlySpan<int> ids, List<LocatedToken> to)
    {
        var source = Letters(text, start, end);
        var places = new (int Start, int End)[ids.Length];
        Array.Fill(places, (-1, -1));
        var (letters, at, rest) = (Letters(ids), 0, ids.Length);
        for (var i = 0; i < letters.Count; i++)
        {
            var (letter, token) = letters[i];
            var next = letter == Anything ? EndOfUnknown(text, source, at, letters, i + 1)
                : at < source.Count && source[at].Letter == letter ? at + 1 : -1;
            if (next < 0)
            {
                rest = token;
                break;
            }

            if (next > at)
            {
                places[token] = (places[token].Start < 0 ? source[at].Start : places[token].Start, source[next - 1].End);
            }

            at = next;
        }

        if (rest < ids.Length)
        {
            places[rest] = (places[rest].Start < 0 ? (at < source.Count ? source[at].Start : end) : places[rest].Start, end);
            places.AsSpan(rest + 1).Fill((-1, -1));
        }

        var (before, behind) = (start, start);
        for (var i = 0; i < ids.Length; i++)
        {
            var (from, until) = places[i];
            // A token without letters of its own belongs to the one before.
            var located = from < 0 ? new LocatedToken(ids[i], before, 0, i > 0) : LocatedToken.OfPart(ids[i], text, from, until);
            to.Add(located with { Continues = located.Continues || (from >= 0 && from < behind) });
            (before, behind) = (located.Start, Math.Max(behind, until));
        }
    }

    private static Dictionary<int, string> Reverse(TokenizerJson json)
    {
        var tokens = new Dictionary<int, string>(json.Ids.Count);
        foreach (var (token, id) in json.Ids)
        {
            tokens[id] = token;
        }

        return tokens;
    }

    private static Dictionary<char, byte> ByteLetters()
    {
        var (letters, hidden) = (new Dictionary<char, byte>(), HiddenBytes);
        for (var b = 0; b <= byte.MaxValue; b++)
        {
            letters[b is >= '!' and <= '~' or >= '\u00a1' and <= '\u00ac' or >= '\u00ae' ? (char)b : (char)hidden++] = (byte)b;
        }

        return letters;
    }

    /// <summary>Returns a part's letters for comparison, each with the place of its character.</summary>
    private static List<(char Letter, int Start, int End)> Letters(string text, int start, int end)
    {
        var letters = new List<(char, int, int)>(end - start);
        for (var at = start; at < end;)
        {
            var rune = Rune.GetRuneAt(text, at);
            foreach (var letter in Fold(rune))
            {
                letters.Add((letter, at, at + rune.Utf16SequenceLength));
            }

            at += rune.Utf16SequenceLength;
        }

        return letters;
    }

    private static string Fold(Rune rune)
    {
        if (rune.IsAscii)
        {
            return rune.Value <= ' ' ? "" : Rune.ToLowerInvariant(rune).ToString();
        }

        var folded = new StringBuilder();
        foreach (var part in rune.ToString().Normalize(NormalizationForm.FormKD).ToLowerInvariant().EnumerateRunes())
        {
            // U+2581 is SentencePiece's space.
            if (part.Value != 0x2581 && !Rune.IsWhiteSpace(part) && Rune.GetUnicodeCategory(part)
                is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.Control or UnicodeCategory.Format))
            {
                folded.Append(part);
            }
        }

        return folded.ToString();
    }

    /// <summary>
    /// Returns where an unknown token ends: before the letters of the tokens behind it; before another unknown token, behind a run of
    /// letters or digits, or another character; or at the end. -1: those letters are not in the text.
    /// </summary>
    private static int EndOfUnknown(
        string text, List<(char Letter, int Start, int End)> source, int at, List<(char Letter, int Token)> letters, int next)
    {
        if (next == letters.Count)
        {
            return source.Count;
        }

        if (letters[next].Letter == Anything)
        {
            var end = at;
            while (end < source.Count && (end == at || (IsOfWord(text, source[end - 1].Start) && IsOfWord(text, source[end].Start))))
            {
                end++;
            }

            return end;
        }

        for (var end = Math.Min(at + 1, source.Count); end < source.Count; end++)
        {
            var length = 0;
            while (next + length < letters.Count && letters[next + length].Letter != Anything
                && end + length < source.Count && letters[next + length].Letter == source[end + length].Letter)
            {
                length++;
            }

            if (next + length == letters.Count || letters[next + length].Letter == Anything)
            {
                return end;
            }
        }

        return -1;
    }

    private static bool IsOfWord(string text, int at) => CharUnicodeInfo.GetUnicodeCategory(text, at)
        is not UnicodeCategory.OtherLetter and <= UnicodeCategory.OtherNumber;

    /// <summary>Returns the tokens' letters for comparison, each with its token.</summary>
    private List<(char Letter, int Token)> Letters(ReadOnlySpan<int> ids)
    {
        var (letters, bytes, owners) = (new List<(char, int)>(), new List<byte>(), new List<int>());
        for (var i = 0; i < ids.Length; i++)
        {
            if (ids[i] == json.UnknownId || !_tokens.Value.TryGetValue(ids[i], out var token))
            {
                Flush();
                letters.Add((Anything, i));
                continue;
            }

            var of = BytesOf(token);
            bytes.AddRange(of);
            owners.AddRange(Enumerable.Repeat(i, of.Length));
        }

        Flush();
        return letters;

        void Flush()
        {
            // A character belongs to the token of its first byte.
            var rest = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes);
            for (var at = 0; at < bytes.Count;)
            {
                Rune.DecodeFromUtf8(rest[at..], out var rune, out var length);
                foreach (var letter in Fold(rune))
                {
                    letters.Add((letter, owners[at]));
                }

                at += length;
            }

            bytes.Clear();
            owners.Clear();
        }
    }

    private byte[] BytesOf(string token)
    {
        if (_added.Contains(token))
        {
            return Encoding.UTF8.GetBytes(token);
        }

        if (json.HasByteFallback && token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal)
            && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var single))
        {
            return [single];
        }

        var (prefix, suffix) = (json.ContinuingPrefix, json.EndSuffix);
        token = prefix.Length > 0 && token.StartsWith(prefix, StringComparison.Ordinal) ? token[prefix.Length..] : token;
        token = suffix.Length > 0 && token.EndsWith(suffix, StringComparison.Ordinal) ? token[..^suffix.Length] : token;
        return json.IsByteLevel && token.All(_bytes.ContainsKey) ? [.. token.Select(c => _bytes[c])] : Encoding.UTF8.GetBytes(token);
    }
}
