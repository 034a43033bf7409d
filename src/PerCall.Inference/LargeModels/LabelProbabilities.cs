using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace PerCall.Inference.LargeModels;

/// <summary>
/// Computes probabilities of labels from the log probabilities of an answer's tokens. The generated tokens are a path through the labels'
/// texts. At each token, the probability of the path is divided among the tokens that some label allows. A token that only one label allows
/// decides for that label. Probabilities are normalised over the labels.
/// </summary>
internal static class LabelProbabilities
{
    /// <summary>The member of the answer that holds the label.</summary>
    public const string Member = "label";

    private static readonly JavaScriptEncoder Plain = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    /// <summary>Computes the probability of each label that the tokens show.</summary>
    /// <param name="labels">The labels; no label occurs twice.</param>
    /// <param name="chosen">The index of the label in the answer.</param>
    /// <param name="tokens">The tokens of the answer, which is a JSON object with the member <c>label</c>.</param>
    /// <returns>
    /// One value per label, 0 to 1: the probability, or NaN for a label that the tokens do not show. The values add up to at most 1. The
    /// rest belongs to labels that share a token which was not chosen. Null if the tokens do not spell the chosen label.
    /// </returns>
    public static double[]? Of(IReadOnlyList<string> labels, int chosen, IReadOnlyList<AnswerToken> tokens)
    {
        var answer = Concat(tokens);
        if (StartOfLabel(answer) is not { } start)
        {
            return null;
        }

        // The closing quote makes the texts prefix-free: "no" and "not" differ at their third byte.
        var texts = labels.Select(l => Encoding.UTF8.GetBytes($"{JsonEncodedText.Encode(l, Plain)}\"")).ToArray();
        if (!answer.AsSpan(start).StartsWith(texts[chosen]))
        {
            // The answer escapes characters of the label, so the tokens cannot be compared with the label's text.
            return null;
        }

        var probabilities = new double[labels.Count];
        Array.Fill(probabilities, double.NaN);
        List<int> live = [.. Enumerable.Range(0, labels.Count)];
        var path = 1.0;
        var at = 0;
        foreach (var token in tokens)
        {
            var end = at + token.Token.Utf8.Length;
            if (live.Count == 1)
            {
                break;
            }

            // The token before the label counts, because others at its place can extend into the label. Some servers report the end of the
            // text as a token without bytes.
            if (end >= start && end > at)
            {
                path = Divide(token, answer, at, start, texts, live, path, probabilities);
                if (path < 0)
                {
                    return null;
                }

                live.RemoveAll(l => !Allows(texts[l], Math.Max(0, at - start), token.Token.Utf8.Span[Math.Max(0, start - at)..]));
            }

            at = end;
        }

        if (live is not [var last] || last != chosen)
        {
            return null;
        }

        Add(probabilities, chosen, path);
        return probabilities;
    }

    /// <summary>Divides the probability of the path at one token.</summary>
    /// <param name="token">The token.</param>
    /// <param name="answer">The bytes of the answer.</param>
    /// <param name="at">The token's offset in the answer.</param>
    /// <param name="start">The label's offset in the answer.</param>
    /// <param name="texts">The labels' texts.</param>
    /// <param name="live">The labels that the path allows.</param>
    /// <param name="path">The probability of the path before the token.</param>
    /// <param name="probabilities">Receives the parts of the labels that other tokens decide for.</param>
    /// <returns>The probability of the path with the token; negative if no label allows the token.</returns>
    private static double Divide(
        AnswerToken token, byte[] answer, int at, int start, byte[][] texts, List<int> live, double path, double[] probabilities)
    {
        // A token can begin before the label. Other tokens at its place must begin in the same way.
        var before = answer.AsSpan(at, Math.Max(0, start - at));
        var offset = Math.Max(0, at - start);
        List<(double Mass, int Only, bool Chosen)> parts = [];
        var total = 0.0;
        var own = -1.0;
        foreach (var other in Candidates(token))
        {
            var bytes = other.Utf8.Span;
            if (!bytes.StartsWith(before))
            {
                continue;
            }

            var rest = bytes[before.Length..];
            var (only, count) = (-1, 0);
            foreach (var label in live)
            {
                if (Allows(texts[label], offset, rest))
                {
                    (only, count) = (label, count + 1);
                }
            }

            if (count == 0)
            {
                continue;
            }

            var mass = Math.Exp(Math.Min(0, other.LogProbability));
            var isChosen = bytes.SequenceEqual(token.Token.Utf8.Span);
            own = isChosen ? mass : own;
            total += mass;
            parts.Add((mass, count == 1 ? only : -1, isChosen));
        }

        if (own < 0)
        {
            return -1;
        }

        if (total <= 0)
        {
            // All log probabilities are so low that they are 0 as numbers.
            return path;
        }

        foreach (var (mass, only, isChosen) in parts)
        {
            if (!isChosen && only >= 0)
            {
                Add(probabilities, only, path * mass / total);
            }
        }

        return path * own / total;
    }

    /// <summary>Returns the generated token and the others at its place, each once.</summary>
    private static List<TokenLikelihood> Candidates(AnswerToken token)
    {
        List<TokenLikelihood> candidates = [token.Token];
        foreach (var other in token.Top)
        {
            if (!double.IsNaN(other.LogProbability) && !candidates.Exists(c => c.Utf8.Span.SequenceEqual(other.Utf8.Span)))
            {
                candidates.Add(other);
            }
        }

        return candidates;
    }

    /// <summary>Whether a label's text can continue with the bytes. They can extend beyond its end.</summary>
    private static bool Allows(ReadOnlySpan<byte> text, int offset, ReadOnlySpan<byte> bytes)
    {
        if (offset >= text.Length)
        {
            return false;
        }

        var rest = text[offset..];
        var length = Math.Min(rest.Length, bytes.Length);
        return rest[..length].SequenceEqual(bytes[..length]);
    }

    private static void Add(double[] probabilities, int label, double mass) =>
        probabilities[label] = double.IsNaN(probabilities[label]) ? mass : Math.Min(1, probabilities[label] + mass);

    private static byte[] Concat(IReadOnlyList<AnswerToken> tokens)
    {
        var bytes = new byte[tokens.Sum(t => t.Token.Utf8.Length)];
        var at = 0;
        foreach (var token in tokens)
        {
            token.Token.Utf8.Span.CopyTo(bytes.AsSpan(at));
            at += token.Token.Utf8.Length;
        }

        return bytes;
    }

    /// <summary>Returns the offset of the label's first byte in the answer; null if the answer is not such an object.</summary>
    private static int? StartOfLabel(ReadOnlySpan<byte> answer)
    {
        var reader = new Utf8JsonReader(answer);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1 && reader.ValueTextEquals(Member))
                {
                    return reader.Read() && reader.TokenType == JsonTokenType.String ? (int)reader.TokenStartIndex + 1 : null;
                }
            }
        }
        catch (JsonException)
        {
            // Not a complete JSON value.
        }

        return null;
    }
}
