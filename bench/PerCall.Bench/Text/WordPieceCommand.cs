using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.ML.Tokenizers;
using PerCall.Bench.Results;
using PerCall.Inference.Packages;
using PerCall.Inference.Text.Tokenizers;
using PerCall.Testing;

namespace PerCall.Bench.Text;

/// <summary>
/// <c>wordpiece</c>: megabytes of English text a second on one core, with as many entries as BERT's vocabulary has; the library's own rate
/// beside it.
/// </summary>
internal static class WordPieceCommand
{
    private const int VocabularySize = 30_522;
    private const int Megabytes = 8;

    private static readonly string[] Special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    public static Command Create()
    {
        var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 9 };
        var command = new Command("wordpiece", "WordPiece on English text, MB/s on one core.") { rounds };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(rounds), cancellation));
        return command;
    }

    private static async Task RunAsync(int rounds, CancellationToken cancellation)
    {
        var report = new Report("WordPiece");
        using var folder = new TemporaryFolder();
        var texts = BenchTexts.Read("sentiment").Select(t => t.ToLowerInvariant()).Where(t => Ascii.IsValid(t)).ToArray();
        var vocabulary = folder.File("vocab.txt");
        await File.WriteAllLinesAsync(vocabulary, Vocabulary(texts), cancellation);
        var tokenizer = TokenizerFiles.Load(
            new TokenizerRules { Kind = TokenizerKind.WordPiece, Vocabulary = "vocab.txt", Unknown = "[UNK]" }, folder.Path)!;
        var library = BertTokenizer.Create(
            vocabulary, new BertOptions { LowerCaseBeforeTokenization = false, RemoveNonSpacingMarks = false });

        var results = new List<(double Own, double Library)>();
        for (var i = 0; i <= rounds; i++)
        {
            results.Add(
                (Rate(texts, t => tokenizer.Encode(t, int.MaxValue).Count), Rate(
                    texts, t => library.EncodeToIds(t, addSpecialTokens: false).Count)));
            Console.WriteLine(results[^1]);
        }

        // The first round compiles.
        results.RemoveAt(0);
        var (own, lib) = (Statistics.Median(results.Select(r => r.Own)), Statistics.Median(results.Select(r => r.Library)));
        report.Paragraph($"""
            English reviews ({Megabytes} MB of them, in lower case), one thread, a vocabulary of {VocabularySize:N0} entries: the words of the texts by frequency, then letters and pieces of words.
            {rounds} rounds in turns, medians, MB of UTF-8 a second. Wanted: at least 20, or the library's own rate if that is lower.
            """);
        report.Table(
            ["", "MB/s"],
            [["as served (own words, the library's pieces)", Text(own)], ["the library's own BERT tokenizer", Text(lib)],
                ["ratio", Text(own / lib)]]);
        await report.WriteAsync("wordpiece", cancellation);
    }

    private static double Rate(string[] texts, Func<string, int> encode)
    {
        var started = Stopwatch.GetTimestamp();
        long bytes = 0;
        for (var i = 0; bytes < Megabytes * 1_000_000L; i++)
        {
            var text = texts[i % texts.Length];
            if (encode(text) == 0)
            {
                throw new InvalidOperationException("A text without tokens.");
            }

            bytes += text.Length;
        }

        return bytes / 1e6 / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static IEnumerable<string> Vocabulary(string[] texts)
    {
        var words = texts.SelectMany(
            t => t.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Select(w => w.Trim('.', ',', '!', '?', '"', '(', ')'))
            .Where(w => w.Length > 0 && w.All(char.IsAsciiLetterOrDigit))
            .CountBy(w => w).OrderByDescending(w => w.Value).ThenBy(w => w.Key, StringComparer.Ordinal).Select(w => w.Key).ToList();
        var letters = Enumerable.Range(33, 94).Select(c => ((char)c).ToString());
        // The rarer half is left to pieces, as in a vocabulary that was made on other texts.
        var known = words.Take(words.Count / 2).ToList();
        var endings = words.Skip(words.Count / 2).SelectMany(w => Enumerable.Range(1, w.Length - 1).Select(i => "##" + w[i..]));
        return Special.Concat(letters).Concat(letters.Select(l => "##" + l)).Concat(known).Concat(endings)
            .Concat(Enumerable.Range(0, VocabularySize).Select(i => $"[unused{i}]")).Distinct().Take(VocabularySize);
    }

    private static string Text(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);
}
