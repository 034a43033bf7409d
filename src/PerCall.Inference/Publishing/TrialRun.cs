using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;
using PerCall.Inference.Text;

namespace PerCall.Inference.Publishing;

/// <summary>
/// Runs a classifier once on the longest input that its manifest allows. A graph need not declare the shapes of its outputs, and may fail
/// only where an input is long: both are found here, and not by the first caller.
/// </summary>
internal static class TrialRun
{
    /// <summary>Words enough for the longest text that a tokenizer cuts.</summary>
    private const string Word = "a ";

    public static PackageFault? Check(LoadedModel model, CancellationToken cancellation)
    {
        if (model.Manifest.Output is not { } output)
        {
            return null;
        }

        var (inputs, rows, longest) = Inputs(model);
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

    private static (OrtValue[] Inputs, int Rows, string Longest) Inputs(LoadedModel model)
    {
        if (model.Pixels is { } pixels)
        {
            var picture = OrtValue.CreateAllocatedTensorValue(
                OrtAllocator.DefaultInstance, GraphTensors.TypeOf(model.Manifest.Inputs[0].Type), pixels.Shape);
            picture.GetTensorMutableRawData().Clear();
            return ([picture], pixels.Batch, $"a picture of {pixels.Width} × {pixels.Height} pixels");
        }

        var text = model.Text!;
        var longest = text.Encode(string.Concat(Enumerable.Repeat(Word, text.Rules.MaxLength)));
        return (
            TextTensors.Of(model.Manifest, text, [longest]),
            text.Batch ?? 1,
            $"a text of {text.Rules.MaxLength} {(text.Rules.Inputs.Text is null ? "tokens" : "characters")}, "
                + "the longest that text.max_length allows");
    }

    /// <summary>One value for each label is expected of each input; dimensions of 1 may stand anywhere.</summary>
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
