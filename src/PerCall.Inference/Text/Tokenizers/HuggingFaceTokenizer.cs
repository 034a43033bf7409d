using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Tokenizers.DotNet;

namespace PerCall.Inference.Text.Tokenizers;

/// <summary>
/// A <c>tokenizer.json</c>, applied by Hugging Face's own implementation in native code, without special tokens, which the manifest
/// declares. That finds the file's added tokens in a text, as the training did. Its calls can run in parallel.
/// </summary>
[SuppressMessage(
    "Design", "CA1001:Types that own disposable fields should be disposable",
    Justification = "The library frees its memory in a finaliser. A tokenizer lives as long as its model, whose calls may still run.")]
internal sealed class HuggingFaceTokenizer : TextTokenizer
{
    // A text with a limit is encoded up to so many units per token first, and more only if that gave too few tokens.
    private const int UnitsPerToken = 8;

    // Tokens near a cut can differ from those of the uncut text; so many are needed beyond the limit.
    private const int Margin = 64;

    // Parts of a text between white space that are joined until their tokens are those of the whole text.
    private const int MostJoined = 4;

    private readonly IReadOnlyDictionary<string, int> _ids;
    private readonly TokenPlaces _places;
    private readonly Tokenizer _tokenizer;

    /// <exception cref="ModelCorruptException">The library refuses the tokenizer, or it has no token for an unknown character.</exception>
    /// <param name="json">The tokenizer.</param>
    /// <param name="file">The file's name, for messages.</param>
    /// <param name="ids">Ids by token; null for those of the tokenizer.</param>
    public HuggingFaceTokenizer(TokenizerJson json, string file, IReadOnlyDictionary<string, int>? ids = null)
    {
        (_ids, _places) = (ids ?? json.Ids, new(json));
        // The library reads files only.
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            using (var copy = new FileStream(path, FileMode.CreateNew))
            {
                json.WriteTo(copy);
            }

            _tokenizer = new(path);
            // No vocabulary has the last code point, which is not assigned. An error would otherwise come with a caller's text.
            _tokenizer.Encode("a \U0010FFFF");
        }
        catch (TokenizerException e)
        {
            throw new ModelCorruptException($"{file} cannot be read as a tokenizer.json: {e.Message}", e, file);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException)
        {
            throw new ModelCorruptException(
                $"{file} needs a native library that this service has for linux-x64 only; "
                    + $"it runs on {RuntimeInformation.RuntimeIdentifier}. Run the service on linux-x64, "
                    + "or declare another kind of tokenizer: words, wordpiece, bpe, tiktoken.",
                e,
                file);
        }
        finally
        {
            File.Delete(path);
        }
    }

    public override int? IdOf(string token) => _ids.TryGetValue(token, out var id) ? id : null;

    public override IReadOnlyList<int> Encode(string text, int limit)
    {
        for (var units = (limit + (long)Margin) * UnitsPerToken; units < text.Length; units *= 4)
        {
            var ids = Encode(text[..Cut(text, (int)units)]);
            if (ids.Length >= limit + Margin)
            {
                return ids;
            }
        }

        return Encode(text);
    }

    public override IReadOnlyList<LocatedToken> Locate(string text)
    {
        var ids = Encode(text);
        var located = new List<LocatedToken>(ids.Length);
        var (at, from) = (0, 0);
        while (from < text.Length && at < ids.Length)
        {
            var (to, count) = Match(text, from, ids.AsSpan(at));
            _places.Add(text, from, to, ids.AsSpan(at, count), located);
            (at, from) = (at + count, to);
        }

        for (; at < ids.Length; at++)
        {
            located.Add(new(ids[at], text.Length, 0, Continues: false));
        }

        return located;
    }

    /// <summary>Returns where to cut a text near a position: before white space, if there is some.</summary>
    private static int Cut(string text, int near)
    {
        var space = text.AsSpan(0, near).LastIndexOfAny(' ', '\n');
        return space > near / 2 ? space : char.IsLowSurrogate(text[near]) ? near - 1 : near;
    }

    /// <summary>Returns the end of a word behind white space.</summary>
    private static int EndOfWord(string text, int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
        {
            at++;
        }

        while (at < text.Length && !char.IsWhiteSpace(text[at]))
        {
            at++;
        }

        return at;
    }

    private int[] Encode(string text)
    {
        try
        {
            var ids = _tokenizer.Encode(text);
            return MemoryMarshal.Cast<uint, int>(ids).ToArray();
        }
        catch (TokenizerException e)
        {
            throw new InvalidInputException("text_not_tokenized", $"The model's tokenizer refused the text: {e.Message}", "input");
        }
    }

    /// <summary>
    /// Returns the end of the shortest part of a text from a position on whose own tokens are those that the whole text has there, and
    /// their number. If the few next words give other tokens by themselves, the part is the rest of the text.
    /// </summary>
    private (int End, int Count) Match(string text, int from, ReadOnlySpan<int> ids)
    {
        var to = from;
        for (var words = 0; words < MostJoined && to < text.Length; words++)
        {
            to = EndOfWord(text, to);
            // Some tokenizers add a space to a text, which has to replace one of its own.
            var word = from + (text.Length - from - text.AsSpan(from).TrimStart().Length);
            foreach (var start in new[] { from, from + 1, word }.Distinct().Where(s => s <= word && s < to))
            {
                var own = Encode(text[start..to]);
                if (own.Length > 0 && ids.StartsWith(own))
                {
                    return (to, to == text.Length ? ids.Length : own.Length);
                }
            }
        }

        return (text.Length, ids.Length);
    }
}
