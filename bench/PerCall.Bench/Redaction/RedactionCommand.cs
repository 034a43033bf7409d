using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using PerCall.Bench.Results;
using PerCall.Inference.Redaction;
using PerCall.Testing.Redaction;

namespace PerCall.Bench.Redaction;

/// <summary>
/// <c>redaction</c>: recall and precision on generated texts in eight languages, forms that are not found, and placeholders in random
/// chunks.
/// </summary>
internal static class RedactionCommand
{
    private const int DefaultSeed = 20261129;
    private const int LeastTexts = 50_000;

    public static Command Create()
    {
        var texts = new Option<int>("--texts") { DefaultValueFactory = _ => 80_000 };
        var chunkings = new Option<int>("--chunkings") { DefaultValueFactory = _ => 1_000_000 };
        var seed = new Option<int>("--seed") { DefaultValueFactory = _ => DefaultSeed };
        var command = new Command("redaction", "Recall and precision of the redaction.") { texts, chunkings, seed };
        command.SetAction((parsed, cancellation) => RunAsync(
            parsed.GetValue(texts), parsed.GetValue(chunkings), parsed.GetValue(seed), cancellation));
        return command;
    }

    private static async Task RunAsync(int texts, int chunkings, int seed, CancellationToken cancellation)
    {
        var report = new Report("Redaction");
        var redactor = new Redactor();
        var score = new RedactionScore();
        var characters = 0L;
        var redacting = TimeSpan.Zero;
        foreach (var text in PersonalTexts.Generate(seed, texts))
        {
            var started = Stopwatch.GetTimestamp();
            score.Add(redactor, text);
            redacting += Stopwatch.GetElapsedTime(started);
            characters += text.Text.Length;
        }

        report.Paragraph($"""
            `redaction --texts {texts} --chunkings {chunkings} --seed {seed}`. {score.Texts:N0} texts in {Languages().Count} languages.
            At least {LeastTexts:N0} are required. They have values in the forms in which people write them, and numbers that only look like
            values: orders, dates, prices, versions, hashes, books, parcels, plain digits. A value counts as found if a finding has its kind
            and exactly its place. Required: recall 0.999, precision 0.995.
            """);
        report.Table(
            ["kind", "values", "recall", "findings", "precision"],
            redactor.Kinds.Select(k => (Kind: k, Line: score.Of(k))).Select(k => new[]
            {
                RedactionKinds.NameOf(k.Kind), Text(k.Line.Values), Share(k.Line.Recall), Text(k.Line.Findings), Share(k.Line.Precision),
            }));
        report.Paragraph($"Recall / precision by language:");
        report.Table(
            ["kind", .. Languages()],
            redactor.Kinds.Select(k => (string[])[RedactionKinds.NameOf(k), .. Languages().Select(l => Pair(score.Of(k, l)))]));
        report.Paragraph($"Recall by form:");
        report.Table(
            ["form", "values", "recall"],
            score.Forms().Select(f =>
                new[] { $"{RedactionKinds.NameOf(f.Kind)}, {f.Form}", Text(f.Values), Share((double)f.Found / f.Values) }));

        report.Paragraph($"""
            Outside of the target: forms that are known to be hard. Each was written {UnsupportedForms.Count:N0} times, alone in a sentence
            without a word that names it.
            """);
        report.Table(
            ["form", "redacted, as any kind"],
            UnsupportedForms.Measure(redactor, seed).Select(f => new[] { f.Form, Share(f.Redacted) }));

        var (trials, cut, held) = (0L, 0L, 0);
        foreach (var trial in ChunkTrial.Draw(redactor, seed, chunkings))
        {
            trials++;
            cut += trial.IsWhole ? 0 : 1;
            held = Math.Max(held, trial.MaxHeld);
            cancellation.ThrowIfCancellationRequested();
        }

        report.Paragraph($"""
            {trials:N0} random chunkings of redacted texts (chunks of 1 to 8 characters): {cut} with a placeholder that was cut in two or a
            text that did not come back unchanged. At most {held} characters were held back.
            """);
        report.Paragraph(
            $"{characters / 1e6 / redacting.TotalSeconds:0.0} million characters a second on one thread, {characters / texts} a text.");
        await report.WriteAsync("redaction", cancellation);
        foreach (var fault in score.Faults.Take(20))
        {
            Console.WriteLine(fault);
        }
    }

    private static List<string> Languages() => [.. PersonalTexts.Languages];

    private static string Pair(ScoreLine line) => line.Values == 0 ? "" : $"{Share(line.Recall)} / {Share(line.Precision)}";

    // Rounded down: a figure that is not 1 is not shown as 1.
    private static string Share(double share) => (Math.Floor(share * 10_000) / 10_000).ToString("0.0000", CultureInfo.InvariantCulture);

    private static string Text(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
