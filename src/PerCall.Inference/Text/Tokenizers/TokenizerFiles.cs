using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Text.Tokenizers;

/// <summary>Creates the tokenizer that a manifest declares from the files of its package.</summary>
internal static partial class TokenizerFiles
{
    /// <exception cref="ModelCorruptException">A file does not have the format of its kind of tokenizer.</exception>
    public static TextTokenizer? Load(TokenizerRules rules, string folder)
    {
        try
        {
            return rules.Kind switch
            {
                TokenizerKind.Words => new WordTokenizer(VocabularyFile.Words(Vocabulary(rules, folder)), rules),
                TokenizerKind.WordPiece => WordPiece(rules, Vocabulary(rules, folder)),
                TokenizerKind.Bpe => BytePairs(Vocabulary(rules, folder), Path.Combine(folder, rules.Merges!)),
                TokenizerKind.SentencePiece => SentencePiece(rules, Vocabulary(rules, folder)),
                TokenizerKind.HuggingFace => new HuggingFaceTokenizer(
                    TokenizerJson.Read(Vocabulary(rules, folder)), Path.GetFileName(rules.Vocabulary!)),
                TokenizerKind.Tiktoken => Tiktoken(rules.Pattern!.Value, Vocabulary(rules, folder)),
                TokenizerKind.Bytes => new ByteTokenizer(rules.Offset),
                TokenizerKind.None => null,
                var kind => throw new InvalidOperationException($"The tokenizer {kind} is not supported."),
            };
        }
        catch (Exception e)
            when (e is not (ModelCorruptException or FileNotFoundException or DirectoryNotFoundException or OutOfMemoryException))
        {
            // The library throws various exceptions for an invalid file.
            throw new ModelCorruptException(
                $"{rules.Vocabulary} cannot be read as a vocabulary of {ManifestNames.Of(rules.Kind)}: {e.Message}", e, rules.Vocabulary);
        }
    }

    private static string Vocabulary(TokenizerRules rules, string folder) => Path.Combine(folder, rules.Vocabulary!);

    private static LibraryTokenizer WordPiece(TokenizerRules rules, string path)
    {
        var options = new WordPieceOptions { UnknownToken = rules.Unknown!, PreTokenizer = new BertWords(), Normalizer = null };
        var vocabulary = VocabularyFile.Read(path);
        return new(
            WordPieceTokenizer.Create(path, options), vocabulary, cutRuns: false, BertWords.Clean,
            vocabulary.Keys.Any(t => !t.IsNormalized(NormalizationForm.FormC)));
    }

    private static LibraryTokenizer BytePairs(string vocabulary, string merges)
    {
        using var file = File.OpenRead(vocabulary);
        var ids = JsonSerializer.Deserialize<Dictionary<string, int>>(file) ?? [];
        var options = new BpeOptions(ids)
        {
            // The first line may contain the version of the format.
            Merges = [.. File.ReadLines(merges).Where(l => l.Length > 0 && !l.StartsWith("#version", StringComparison.Ordinal))],
            ByteLevel = true,
            PreTokenizer = new RegexPreTokenizer(Gpt2(), null),
        };
        return new(BpeTokenizer.Create(options), ids, cutRuns: true);
    }

    private static HuggingFaceTokenizer SentencePiece(TokenizerRules rules, string path)
    {
        var model = SentencePieceModel.Read(path);
        return new(
            TokenizerJson.Parse(model.ToTokenizerJson(rules.Fairseq), rules.Vocabulary!), rules.Vocabulary!, model.Ids(rules.Fairseq));
    }

    private static LibraryTokenizer Tiktoken(TiktokenPattern pattern, string ranks)
    {
        var pieces = pattern switch
        {
            TiktokenPattern.Cl100k => Cl100k(),
            TiktokenPattern.O200k => O200k(),
            _ => Gpt2(),
        };
        return new(
            TiktokenTokenizer.Create(ranks, new RegexPreTokenizer(pieces, null), normalizer: null), new Dictionary<string, int>(),
            cutRuns: true);
    }

    // The published patterns: https://github.com/openai/tiktoken, tiktoken_ext/openai_public.py; the first one is also GPT-2's.
    [GeneratedRegex(@"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")]
    private static partial Regex Gpt2();

    [GeneratedRegex(@"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+")]
    private static partial Regex Cl100k();

    [GeneratedRegex(
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")]
    private static partial Regex O200k();
}
