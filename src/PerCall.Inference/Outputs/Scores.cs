using System.Numerics.Tensors;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Outputs;

/// <summary>A label and its score.</summary>
/// <param name="Label">The label, as in the model's labels file.</param>
/// <param name="Score">
/// The score after the manifest's activation: a probability for softmax and sigmoid, the model's own value for none.
/// </param>
/// <param name="Index">The label's index in that file, from 0, if another label has the same name; otherwise null.</param>
public readonly record struct Prediction(string Label, float Score, int? Index = null);

/// <summary>Converts a model's output values to labels and scores.</summary>
internal static class Scores
{
    /// <summary>Applies an activation in place, to one value per label.</summary>
    public static void Activate(Activation activation, Span<float> values)
    {
        switch (activation)
        {
            case Activation.Softmax:
                // exp of a large logit is infinite; the ratio is the same after subtracting the largest.
                TensorPrimitives.Subtract(values, TensorPrimitives.Max(values), values);
                TensorPrimitives.SoftMax(values, values);
                break;

            case Activation.Sigmoid:
                TensorPrimitives.Sigmoid(values, values);
                break;
        }
    }

    /// <summary>Returns the <paramref name="count"/> best labels, best first. Equal scores keep the order of the labels.</summary>
    /// <param name="values">The values, one per label.</param>
    /// <param name="labels">The labels, in the order of the values.</param>
    /// <param name="count">The number of labels to return.</param>
    /// <param name="repeated">Labels that occur more than once. Their predictions include the index.</param>
    public static Prediction[] Top(
        ReadOnlySpan<float> values, IReadOnlyList<string> labels, int count, IReadOnlySet<string>? repeated = null)
    {
        var best = new PriorityQueue<int, (float Score, int Label)>(count + 1);
        for (var i = 0; i < values.Length; i++)
        {
            best.Enqueue(i, (values[i], -i));
            if (best.Count > count)
            {
                best.Dequeue();
            }
        }

        var top = new Prediction[best.Count];
        for (var i = top.Length - 1; i >= 0; i--)
        {
            var label = best.Dequeue();
            top[i] = new(labels[label], values[label], repeated?.Contains(labels[label]) == true ? label : null);
        }

        return top;
    }

    /// <summary>
    /// Returns the labels whose score reaches their threshold, best first; null for a model that chooses one label.
    /// </summary>
    /// <param name="values">The scores, one per label.</param>
    /// <param name="labels">The labels.</param>
    /// <param name="thresholds">The threshold of each label; null for a model that chooses one label.</param>
    public static List<string>? Applying(ReadOnlySpan<float> values, IReadOnlyList<string> labels, float[]? thresholds)
    {
        if (thresholds is null)
        {
            return null;
        }

        List<(string Label, float Score)> applying = [];
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i] >= thresholds[i])
            {
                applying.Add((labels[i], values[i]));
            }
        }

        return [.. applying.OrderByDescending(p => p.Score).Select(p => p.Label)];
    }
}
