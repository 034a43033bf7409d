using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;

namespace PerCall.Inference.Publishing;

/// <summary>
/// Runs a classifier once on the longest input that its manifest allows. A graph need not declare the shapes of its outputs, and may fail
/// only on long inputs. This run detects both before the first caller does.
/// </summary>
internal static class TrialRun
{
    /// <param name="model">A classifier.</param>
    /// <param name="inputs">The longest input, as the graph's tensors. This method disposes them.</param>
    /// <param name="rows">Number of inputs in the tensors.</param>
    /// <param name="longest">A description of the input for messages.</param>
    /// <param name="cancellation">Cancels the run.</param>
    public static PackageFault? Check(LoadedModel model, OrtValue[] inputs, int rows, string longest, CancellationToken cancellation)
    {
        var output = model.Manifest.Output!;
        try
        {
            using var outputs = model.Session.Run(inputs, cancellation);
            return ShapeFault(model, output, outputs[0], rows);
        }
        catch (ModelFailedException e)
        {
            return new(model.Manifest.Model, $"fails on {longest}: {e.Message}");
        }
        finally
        {
            Array.ForEach(inputs, i => i.Dispose());
        }
    }

    /// <summary>Checks for one value per label and input; dimensions of 1 may be anywhere.</summary>
    private static PackageFault? ShapeFault(LoadedModel model, OutputRules output, OrtValue scores, int rows)
    {
        if (!scores.IsTensor)
        {
            return new(
                "output.tensor", $"names '{output.Tensor}', which is a {scores.OnnxType}, not a tensor; expected one value per label.");
        }

        var info = scores.GetTensorTypeAndShape();
        if (info.ElementDataType is not (TensorElementType.Float or TensorElementType.Float16 or TensorElementType.UInt8))
        {
            return new(
                "output.tensor",
                $"names '{output.Tensor}', whose values are {info.ElementDataType}; allowed: float32, float16, uint8.");
        }

        long labels = model.Labels.Count;
        long[] wanted = [.. ((long[])[rows, labels]).Where(d => d != 1)];
        return info.Shape.Where(d => d != 1).SequenceEqual(wanted)
            ? null
            : new(
                "output.tensor",
                $"names '{output.Tensor}', which has the shape [{string.Join(", ", info.Shape)}] for {rows} input(s); "
                    + $"expected one value for each of the {labels} labels, [{rows}, {labels}].");
    }
}
