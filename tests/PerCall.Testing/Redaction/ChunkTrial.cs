using System.Text;
using PerCall.Inference.Redaction;

namespace PerCall.Testing.Redaction;

/// <summary>One redacted text, sent through a reinserter in random chunks.</summary>
/// <param name="Text">The text before redaction.</param>
/// <param name="Received">What the reinserter returned.</param>
/// <param name="MaxHeld">The most characters that it held back.</param>
/// <param name="IsWhole">Whether the text came back unchanged, and no piece that was sent had a part of a placeholder.</param>
public sealed record ChunkTrial(string Text, string Received, int MaxHeld, bool IsWhole)
{
    /// <summary>More characters than a placeholder has in these trials.</summary>
    public const int MaxPlaceholder = 16;

    /// <summary>Draws trials: chunks of 1 to 8 characters, texts of several values, and brackets that begin no placeholder.</summary>
    public static IEnumerable<ChunkTrial> Draw(Redactor redactor, int seed, int count)
    {
        var random = new Random(seed);
        // Redacting costs more than reinserting; each text is cut in twenty ways.
        const int Ways = 20;
        foreach (var text in PersonalTexts.Generate(seed, (count / Ways) + 1))
        {
            var noisy = random.Next(3) == 0 ? $"[[{text.Text}] [EMAIL_ [ID_" : text.Text;
            var redacted = redactor.Redact(noisy, out var map);
            for (var way = 0; way < Ways; way++)
            {
                yield return Run(noisy, redacted, map, random);
            }
        }
    }

    private static ChunkTrial Run(string text, RedactedText redacted, RedactionMap map, Random random)
    {
        var reinserter = map.Reinserter();
        var received = new StringBuilder();
        var held = 0;
        var whole = true;
        for (var i = 0; i < redacted.Text.Length;)
        {
            var length = Math.Min(random.Next(1, 9), redacted.Text.Length - i);
            received.Append(reinserter.Push(redacted.Text.Substring(i, length)));
            i += length;
            held = Math.Max(held, reinserter.Held);
            // What was sent so far is always a beginning of the text: no part of a placeholder was sent.
            whole &= received.Length <= text.Length && text.AsSpan().StartsWith(received.ToString());
        }

        received.Append(reinserter.Flush());
        return new(text, received.ToString(), held, whole && received.Equals(text));
    }
}
