using System.Text;
using System.Text.Json.Nodes;
using PerCall.Inference.Redaction.Finding;

namespace PerCall.Inference.Redaction;

/// <summary>
/// Replaces personal data and secrets in texts by placeholders that can be replaced back. Its time grows in proportion to the text.
/// Thread-safe.
/// </summary>
/// <param name="names">Finds names; null: the kind <see cref="RedactionKind.Name"/> is not available.</param>
public sealed class Redactor(INameTagger? names = null)
{
    private static readonly IFinder[] Finders =
        [new EmailFinder(), new SecretFinder(), new IpFinder(), new IbanFinder(), new WordFinder(), new NumberFinder()];

    /// <summary>The kinds that this redactor finds.</summary>
    public IReadOnlyList<RedactionKind> Kinds { get; } =
        [.. RedactionKinds.All.Where(k => k != RedactionKind.Name || names is not null)];

    /// <summary>Redacts one text by itself, and forgets the values.</summary>
    public string Redact(string text) => Redact(text, out _).Text;

    /// <summary>Redacts one text by itself.</summary>
    /// <param name="text">The text.</param>
    /// <param name="map">Receives the placeholders and values.</param>
    /// <param name="kinds">The kinds to redact; null: all that are available.</param>
    public RedactedText Redact(string text, out RedactionMap map, IReadOnlyCollection<RedactionKind>? kinds = null)
    {
        map = RedactionMap.For(text);
        return Redact(text, map, kinds);
    }

    /// <summary>Redacts one of several texts of a call.</summary>
    /// <param name="text">The text.</param>
    /// <param name="map">The call's map, of <see cref="RedactionMap.For"/> all its texts.</param>
    /// <param name="kinds">The kinds to redact; null: all that are available.</param>
    public RedactedText Redact(string text, RedactionMap map, IReadOnlyCollection<RedactionKind>? kinds = null) =>
        Redact(text, 0, map, kinds);

    /// <summary>
    /// Redacts the content of a body of OpenAI's API in place: chat completions, responses, embeddings and moderations. Roles, names of
    /// models and tools, schemas, and addresses of pictures and files stay as they are.
    /// </summary>
    public RedactionMap RedactBody(JsonObject body, IReadOnlyCollection<RedactionKind>? kinds = null) =>
        new JsonRedactor(this, kinds).Redact(body);

    /// <summary>Redacts a text after its first units, which only give it a meaning, for example the name of a field.</summary>
    internal RedactedText Redact(string text, int start, RedactionMap map, IReadOnlyCollection<RedactionKind>? kinds)
    {
        var found = new List<FoundValue>();
        StringBuilder? redacted = null;
        var copied = start;
        foreach (var candidate in Find(text, kinds ?? Kinds, out _))
        {
            if (candidate.Start < start)
            {
                continue;
            }

            var placeholder = map.PlaceholderOf(candidate.Kind, text[candidate.Start..candidate.End]);
            redacted ??= new(text.Length);
            redacted.Append(text, copied, candidate.Start - copied).Append(placeholder);
            copied = candidate.End;
            found.Add(new(candidate.Kind, candidate.Start - start, candidate.End - start, placeholder));
        }

        var whole = redacted?.Append(text, copied, text.Length - copied).ToString() ?? text[start..];
        return new(whole, found);
    }

    /// <summary>Finds values without overlaps, in the order of the text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="kinds">The kinds to find.</param>
    /// <param name="work">The number of characters that were looked at.</param>
    internal IReadOnlyList<Candidate> Find(string text, IReadOnlyCollection<RedactionKind> kinds, out long work)
    {
        var scan = new Scan(text, kinds);
        foreach (var finder in Finders)
        {
            if (finder.Kinds.Any(scan.Wants))
            {
                finder.Find(scan);
            }
        }

        if (names is not null && scan.Wants(RedactionKind.Name))
        {
            foreach (var span in names.Find(text).Where(s => s.Start >= 0 && s.Start < s.End && s.End <= text.Length))
            {
                scan.Add(new(RedactionKind.Name, span.Start, span.End));
            }
        }

        work = scan.Work;
        return Overlaps.Resolve(scan.Candidates, text.Length);
    }
}
