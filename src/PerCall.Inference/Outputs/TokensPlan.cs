using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.Packages;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Text;

namespace PerCall.Inference.Outputs;

/// <summary>A labelled part of a text.</summary>
/// <param name="Label">The label, without the prefix <c>B-</c> or <c>I-</c>.</param>
/// <param name="Score">The mean score of the part's words.</param>
/// <param name="Start">Where the part starts in the original text, in UTF-16 units.</param>
/// <param name="End">Where it ends; the unit at this position is not in it.</param>
public readonly record struct Entity(string Label, float Score, int Start, int End);

/// <summary>The labelled parts of a text, in their order in the text.</summary>
public sealed record TokensOutput(IReadOnlyList<Entity> Entities) : ModelOutput;

/// <summary>
/// Reads a label for each token. The tokens of a word have the label of the first one. Neighbouring words of one label are joined by the
/// prefixes of the labels: <c>B-</c> starts a part, <c>I-</c> continues it. <c>O</c> is no label.
/// </summary>
internal sealed class TokensPlan : OutputPlan
{
    public const string Outside = "O";
    private readonly string _model;
    private readonly OutputRules _rules;
    private readonly (string Name, bool Starts, bool Joins)[] _labels;

    public TokensPlan(ModelManifest manifest, IReadOnlyList<string> labels)
    {
        (_model, _rules) = (manifest.ToString(), manifest.Output!);
        _labels = [.. labels.Select(Parse)];
    }

    public override object[] Take(IReadOnlyList<OrtValue> outputs, IReadOnlyList<EncodedInput> rows)
    {
        var shape = TensorReader.ShapeOf(outputs[0], _rules.Tensor);
        if (shape.Length != 3 || shape[0] < rows.Count || shape[1] < rows.Max(r => r.Length) || shape[2] != _labels.Length)
        {
            throw new OutputShapeException(
                "output.tensor",
                $"names '{_rules.Tensor}', which has the shape [{string.Join(", ", shape)}] for {rows.Count} input(s); expected one value "
                    + $"for each token and each of the {_labels.Length} labels, [{rows.Count}, {rows.Max(r => r.Length)}, {_labels.Length}].");
        }

        var taken = new object[rows.Count];
        for (var i = 0; i < taken.Length; i++)
        {
            var values = new float[rows[i].Length * _labels.Length];
            TensorReader.CopyTo(outputs[0], i * (int)shape[1] * _labels.Length, values);
            taken[i] = values;
        }

        return taken;
    }

    public override ModelOutput Read(object taken, EncodedInput input, CallOptions options)
    {
        var (values, text) = ((float[])taken, (EncodedText)input);
        var entities = new List<Entity>();
        Part? open = null;
        foreach (var (place, start, end) in WordsOf(text))
        {
            var scores = values.AsSpan(place * _labels.Length, _labels.Length);
            Scores.Activate(_rules.Activation ?? Activation.None, scores);
            FloatRows.RequireFinite(scores, _model, _rules.Tensor);
            var best = TensorPrimitives.IndexOfMax((ReadOnlySpan<float>)scores);
            var label = _labels[best];
            if (open is { } part && (label.Name != part.Label || label.Starts || !label.Joins))
            {
                entities.Add(part.End());
                open = null;
            }

            if (label.Name != Outside)
            {
                open ??= new(label.Name, start);
                open.Add(scores[best], end);
            }
        }

        if (open is not null)
        {
            entities.Add(open.End());
        }

        return new TokensOutput(entities);
    }

    public override bool AreSame(object one, object other) => FloatRows.AreSame(one, other);

    /// <summary>Returns the place of each word's first token, and the word's offsets.</summary>
    private static List<(int Place, int Start, int End)> WordsOf(EncodedText text)
    {
        var words = new List<(int Place, int Start, int End)>();
        for (var place = 0; place < text.Ids.Length; place++)
        {
            var token = text.Offsets![place];
            if (token.End <= token.Start)
            {
                continue;
            }

            if (words.Count > 0 && text.Continues(place) && words[^1].End == token.Start)
            {
                words[^1] = words[^1] with { End = token.End };
            }
            else
            {
                words.Add((place, token.Start, token.End));
            }
        }

        return words;
    }

    private static (string Name, bool Starts, bool Joins) Parse(string label) =>
        label.StartsWith("B-", StringComparison.Ordinal) ? (label[2..], true, true)
        : label.StartsWith("I-", StringComparison.Ordinal) ? (label[2..], false, true)
        : (label, false, false);

    /// <summary>A part whose end is not yet known.</summary>
    private sealed class Part(string label, int start)
    {
        private float _sum;
        private int _words;
        private int _end;

        public string Label => label;

        public void Add(float score, int end) => (_sum, _words, _end) = (_sum + score, _words + 1, end);

        public Entity End() => new(label, _sum / _words, start, _end);
    }
}
