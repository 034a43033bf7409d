using System.Text;
using PerCall.Inference.LargeModels;

namespace PerCall.Inference.Tests.LargeModels;

/// <summary>
/// A generated language model that knows only labels. Each label has a probability and tokens of its own, some of which labels share. The
/// model's next token has the probability that follows from those of the labels.
/// </summary>
internal sealed class LabelModel
{
    private const string Letters = "abé\"\\ ";

    private readonly IReadOnlyList<IReadOnlyList<string>> _tokens;

    private LabelModel(
        IReadOnlyList<string> labels, IReadOnlyList<double> probabilities, IReadOnlyList<IReadOnlyList<string>> tokens, int chosen) =>
        (Labels, Probabilities, _tokens, Chosen) = (labels, probabilities, tokens, chosen);

    public IReadOnlyList<string> Labels { get; }

    public IReadOnlyList<double> Probabilities { get; }

    public int Chosen { get; }

    public static LabelModel Create(Random random)
    {
        var labels = Enumerable.Range(0, random.Next(2, 9))
            .Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 6)).Select(_ => Letters[random.Next(Letters.Length)])))
            .Distinct().ToList();
        var weights = labels.Select(_ => random.NextDouble() + 0.01).ToList();
        // Labels that share a token from their first byte on, or have a token of their own with the text before the label.
        var start = random.Next(2) == 0 ? "" : "\"";
        var tokens = labels.Select(l => Cut(start + Escaped(l) + "\"}", random)).ToList();
        return new(labels, [.. weights.Select(w => w / weights.Sum())], tokens, random.Next(labels.Count)) { Start = start };
    }

    private string Start { get; init; } = "";

    /// <summary>The tokens of the chosen label, each with all tokens that the model could have generated at its place.</summary>
    /// <param name="noise">Adds tokens that no label allows, so that the others have less probability; null: adds none.</param>
    public List<AnswerToken> Answer(Random? noise = null)
    {
        List<AnswerToken> answer = [.. new[] { "{", "\"label\"", ":" + (Start.Length == 0 ? "\"" : "") }.Select(t => Token(t, 1, []))];
        for (var place = 0; place < _tokens[Chosen].Count; place++)
        {
            var path = _tokens[Chosen].Take(place).ToList();
            var live = Enumerable.Range(0, Labels.Count).Where(l => _tokens[l].Take(place).SequenceEqual(path)).ToList();
            var share = noise is null ? 1 : 0.1 + (0.8 * noise.NextDouble());
            var total = live.Sum(l => Probabilities[l]);
            var next = live.GroupBy(l => _tokens[l][place])
                .Select(g => (Text: g.Key, Probability: share * g.Sum(l => Probabilities[l]) / total)).ToList();
            if (noise is not null)
            {
                next.Insert(noise.Next(next.Count + 1), ("Z", (1 - share) / 2));
                next.Add(("\n", (1 - share) / 2));
            }

            answer.Add(Token(_tokens[Chosen][place], next.First(n => n.Text == _tokens[Chosen][place]).Probability, next));
        }

        return answer;
    }

    private static AnswerToken Token(string text, double probability, IEnumerable<(string Text, double Probability)> top) => new(
        new(Encoding.UTF8.GetBytes(text), Math.Log(probability)),
        [.. top.Select(t => new TokenLikelihood(Encoding.UTF8.GetBytes(t.Text), Math.Log(t.Probability)))]);

    private static string Escaped(string label) =>
        label.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);

    private static List<string> Cut(string text, Random random)
    {
        List<string> tokens = [];
        for (var at = 0; at < text.Length;)
        {
            var length = Math.Min(text.Length - at, random.Next(1, 4));
            tokens.Add(text.Substring(at, length));
            at += length;
        }

        return tokens;
    }
}
