using System.Numerics.Tensors;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;

namespace PerCall.Inference.Classification;

/// <summary>A label and how sure the model is of it.</summary>
/// <param name="Label">As in the model's labels file.</param>
/// <param name="Score">After the manifest's activation: a probability for softmax and sigmoid, the model's own value for none.</param>
/// <param name="Index">The label's place in that file, from 0, where others are called the same; null for all others.</param>
public readonly record struct Prediction(string Label, float Score, int? Index = null);

/// <summary>A model's output values to labels and scores.</summary>
internal static class Scores
{
    /// <summary>Applies an activation in place, over one value per label.</summary>
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

    /// <summary>The <paramref name="count"/> best, best first; of equals, the one that stands first in the labels.</summary>
    /// <param name="values">One for each label.</param>
    /// <param name="labels">In the order of the values.</param>
    /// <param name="count">How many are wanted.</param>
    /// <param name="repeated">Labels that more than one value is called by; they are told by their place, too.</param>
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
    /// Labels whose score is at their threshold or above it, best first; null for a model of which one label of many is chosen.
    /// </summary>
    public static List<string>? Applying(ReadOnlySpan<float> values, LoadedModel model)
    {
        if (model.Thresholds is not { } thresholds)
        {
            return null;
        }

        List<(string Label, float Score)> applying = [];
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i] >= thresholds[i])
            {
                applying.Add((model.Labels[i], values[i]));
            }
        }

        return [.. applying.OrderByDescending(p => p.Score).Select(p => p.Label)];
    }
}
