using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using PerCall.Inference.Packages;
using PerCall.Inference.Pipelines;

namespace PerCall.Inference.Outputs;

/// <summary>Reads one score per label: from a tensor, or from a map per input, as the classifiers of scikit-learn give it.</summary>
internal sealed class LabelsPlan : OutputPlan
{
    private readonly string _model;
    private readonly OutputRules _rules;
    private readonly Activation _activation;
    private readonly IReadOnlyList<string> _labels;
    private readonly HashSet<string> _repeated;
    private readonly Dictionary<string, int> _indexes = new(StringComparer.Ordinal);
    private readonly float[]? _thresholds;

    /// <exception cref="ModelCorruptException">The number of thresholds is neither 1 nor the number of labels.</exception>
    public LabelsPlan(ModelManifest manifest, IReadOnlyList<string> labels)
    {
        (_model, _rules, _labels) = (manifest.ToString(), manifest.Output!, labels);
        _activation = _rules.Activation ?? Activation.None;
        _thresholds = Thresholds.Of(manifest, labels.Count);
        _repeated = [.. labels.GroupBy(l => l, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key)];
        for (var i = 0; i < labels.Count; i++)
        {
            _indexes.TryAdd(labels[i], i);
        }
    }

    public override object[] Take(IReadOnlyList<OrtValue> outputs, IReadOnlyList<EncodedInput> rows)
    {
        var scores = outputs[0];
        if (scores.OnnxType == OnnxValueType.ONNX_TYPE_SEQUENCE)
        {
            return FromMaps(scores, rows.Count);
        }

        var shape = TensorReader.ShapeOf(scores, _rules.Tensor);
        // Some graphs have additional dimensions of 1 after the labels: [batch, labels, 1, 1]. A batch of fixed size is filled up.
        var count = shape.Aggregate(1L, (product, d) => product * d);
        var inputs = _labels.Count == 0 ? 0 : count / _labels.Count;
        return inputs * _labels.Count == count && inputs >= rows.Count && IsByInput(shape, inputs)
            ? FloatRows.Of(scores, rows.Count, _labels.Count)
            : throw new OutputShapeException(
                "output.tensor",
                $"names '{_rules.Tensor}', which has the shape [{string.Join(", ", shape)}] for {rows.Count} input(s); "
                    + $"expected one value for each of the {_labels.Count} labels, [{rows.Count}, {_labels.Count}].");
    }

    public override ModelOutput Read(object taken, EncodedInput input, CallOptions options)
    {
        var values = (float[])taken;
        Scores.Activate(options.Raw ? Activation.None : _activation, values);
        FloatRows.RequireFinite(values, _model, _rules.Tensor);
        return new LabelsOutput(
            Scores.Top(values, _labels, options.TopK, _repeated), Scores.Applying(values, _labels, _thresholds));
    }

    public override bool AreSame(object one, object other) => FloatRows.AreSame(one, other);

    /// <summary>Whether each input has its own values; dimensions of 1 may be anywhere.</summary>
    private bool IsByInput(long[] shape, long inputs)
    {
        long[] wanted = [.. ((long[])[inputs, _labels.Count]).Where(d => d != 1)];
        return shape.Where(d => d != 1).SequenceEqual(wanted);
    }

    private object[] FromMaps(OrtValue sequence, int rows)
    {
        var maps = sequence.GetValueCount();
        if (maps < rows)
        {
            throw new OutputShapeException(
                "output.tensor", $"names '{_rules.Tensor}', which has {maps} maps for {rows} input(s); expected one for each.");
        }

        var taken = new object[rows];
        for (var i = 0; i < rows; i++)
        {
            using var map = sequence.GetValue(i, OrtAllocator.DefaultInstance);
            using var keys = map.GetValue(0, OrtAllocator.DefaultInstance);
            using var values = map.GetValue(1, OrtAllocator.DefaultInstance);
            taken[i] = FromMap(KeysOf(keys), values);
        }

        return taken;
    }

    private float[] FromMap(string[] keys, OrtValue values)
    {
        var found = new float[keys.Length];
        TensorReader.CopyTo(values, 0, found);
        var scores = new float[_labels.Count];
        for (var i = 0; i < keys.Length; i++)
        {
            if (keys.Length != _labels.Count || !_indexes.TryGetValue(keys[i], out var label))
            {
                throw new OutputShapeException(
                    _rules.Labels!,
                    $"has {_labels.Count} labels, but '{_rules.Tensor}' gives scores for {keys.Length}: {string.Join(", ", keys.Take(10))}.");
            }

            scores[label] = found[i];
        }

        return scores;
    }

    private static string[] KeysOf(OrtValue keys) => keys.GetTensorTypeAndShape().ElementDataType == TensorElementType.String
        ? keys.GetStringTensorAsArray()
        : [.. keys.GetTensorDataAsSpan<long>().ToArray().Select(k => k.ToString(CultureInfo.InvariantCulture))];
}
