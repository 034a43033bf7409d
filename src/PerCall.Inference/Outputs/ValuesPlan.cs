using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.Packages;
using PerCall.Inference.Pipelines;

namespace PerCall.Inference.Outputs;

/// <summary>The numbers that a model gives for an input.</summary>
/// <param name="Values">The values, in the tensor's order.</param>
public sealed record ValuesOutput(float[] Values) : ModelOutput;

/// <summary>Reads all values of each input, or pools a vector per token into one.</summary>
internal sealed class ValuesPlan(ModelManifest manifest) : OutputPlan
{
    private readonly string _model = manifest.ToString();
    private readonly OutputRules _rules = manifest.Output!;

    public override object[] Take(IReadOnlyList<OrtValue> outputs, IReadOnlyList<EncodedInput> rows)
    {
        var shape = TensorReader.ShapeOf(outputs[0], _rules.Tensor);
        var pooled = _rules.Pooling is Pooling.Cls or Pooling.Mean;
        if (shape.Length == 0 || shape[0] < rows.Count || (pooled && shape.Length != 3) || shape.Any(d => d < 1))
        {
            throw new OutputShapeException(
                "output.tensor",
                $"names '{_rules.Tensor}', which has the shape [{string.Join(", ", shape)}] for {rows.Count} input(s); expected "
                    + (pooled ? $"a vector per token to pool, [{rows.Count}, tokens, values]." : $"[{rows.Count}, values]."));
        }

        return pooled
            ? [.. rows.Select((row, i) => Pool(outputs[0], i, row, (int)shape[1], (int)shape[2]))]
            : FloatRows.Of(outputs[0], rows.Count, (int)(shape.Skip(1).Aggregate(1L, (product, d) => product * d)));
    }

    public override ModelOutput Read(object taken, EncodedInput input, CallOptions options)
    {
        var values = (float[])taken;
        FloatRows.RequireFinite(values, _model, _rules.Tensor);
        if (options.Dimensions is { } dimensions)
        {
            values = dimensions == values.Length || _rules.Dimensions?.Contains(dimensions) == true && dimensions < values.Length
                ? values[..dimensions]
                : throw new InvalidInputException(
                    "invalid_dimensions",
                    $"'dimensions' is {dimensions}; allowed for the model {_model}: "
                        + $"{string.Join(", ", (_rules.Dimensions ?? []).Append(values.Length).Distinct().Order())}.",
                    "dimensions");
        }

        if (_rules.Activation is { } activation)
        {
            Scores.Activate(activation, values);
        }

        if (_rules.Normalize == VectorNorm.L2 && TensorPrimitives.Norm(values) is > 0 and var norm)
        {
            TensorPrimitives.Divide(values, norm, values);
        }

        return new ValuesOutput(values);
    }

    public override bool AreSame(object one, object other) => FloatRows.AreSame(one, other);

    private float[] Pool(OrtValue tensor, int row, EncodedInput input, int length, int width)
    {
        var (sum, next) = (new float[width], new float[width]);
        var tokens = 0;
        for (var place = 0; place < length && (place == 0 || _rules.Pooling == Pooling.Mean); place++)
        {
            if (place > 0 && !input.IsToken(place))
            {
                continue;
            }

            TensorReader.CopyTo(tensor, ((row * length) + place) * width, next);
            TensorPrimitives.Add(sum, next, sum);
            tokens++;
        }

        TensorPrimitives.Divide(sum, tokens, sum);
        return sum;
    }
}
