using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.Packages;
using PerCall.Inference.Pipelines;

namespace PerCall.Inference.Outputs;

/// <summary>Reads the boxes of one picture from a detector's tensors.</summary>
internal sealed class BoxTensors(OutputRules output, int labels)
{
    private readonly BoxRules _rules = output.Boxes!;

    public string BoxesName => output.Tensor;

    public string ScoresName => _rules.Scores ?? output.Tensor;

    /// <exception cref="OutputShapeException">The tensors do not have the form that the manifest declares.</exception>
    public DetectedBoxes Take(IReadOnlyList<OrtValue> outputs, int row, int rows) =>
        _rules.Form == BoxForm.Ssd ? Ssd(outputs, row, rows) : Yolo(outputs[0], row, rows);

    private DetectedBoxes Yolo(OrtValue tensor, int row, int rows)
    {
        var shape = TensorReader.ShapeOf(tensor, output.Tensor);
        var objectness = _rules.Form == BoxForm.YoloObjectness ? 1 : 0;
        var width = 4 + objectness + labels;
        var byBox = shape.Length == 3 && shape[2] == width;
        if (shape.Length != 3 || shape[0] < rows || (shape[1] != width && !byBox))
        {
            throw new OutputShapeException(
                "output.tensor",
                $"names '{output.Tensor}', which has the shape [{string.Join(", ", shape)}] for {rows} input(s); expected 4 coordinates, "
                    + $"{(objectness == 1 ? "1 objectness, " : "")}and {labels} labels for each box: [{rows}, {width}, boxes] or [{rows}, boxes, {width}].");
        }

        // As many boxes as labels and coordinates: the form's own order decides.
        byBox = byBox && (shape[1] != width || objectness == 1);
        var count = (int)(byBox ? shape[1] : shape[2]);
        var values = new float[count * width];
        TensorReader.CopyTo(tensor, row * values.Length, values);
        var (coordinates, scores) = (new float[count * 4], new float[count * labels]);
        for (var box = 0; box < count; box++)
        {
            for (var i = 0; i < 4; i++)
            {
                coordinates[(box * 4) + i] = At(box, i);
            }

            var sure = objectness == 1 ? Activated(At(box, 4)) : 1;
            for (var label = 0; label < labels; label++)
            {
                scores[(box * labels) + label] = sure * Activated(At(box, 4 + objectness + label));
            }
        }

        return new(coordinates, scores, null);

        float At(int box, int i) => byBox ? values[(box * width) + i] : values[(i * count) + box];
    }

    private DetectedBoxes Ssd(IReadOnlyList<OrtValue> outputs, int row, int rows)
    {
        var names = output.Tensors.ToList();
        var shape = TensorReader.ShapeOf(outputs[0], output.Tensor);
        if (shape.Length != 3 || shape[0] < rows || shape[2] != 4)
        {
            throw Wrong("output.tensor", output.Tensor, shape, $"[{rows}, boxes, 4]");
        }

        var boxes = (int)shape[1];
        var at = names.IndexOf(_rules.Scores!);
        var scoreShape = TensorReader.ShapeOf(outputs[at], _rules.Scores!, "output.boxes.scores");
        var classes = _rules.Classes is null ? labels + _rules.FirstClass : 1;
        if (_rules.Classes is null && scoreShape is [_, _, var all] && all == classes + 1)
        {
            // DETR and similar models have a last class for no object.
            classes++;
        }

        if (scoreShape.Aggregate(1L, (product, d) => product * d) != shape[0] * boxes * classes)
        {
            throw Wrong(
                "output.boxes.scores", _rules.Scores!, scoreShape,
                classes == 1 ? $"[{rows}, {boxes}]" : $"[{rows}, {boxes}, {classes}]");
        }

        var count = boxes;
        if (_rules.Count is { } countName)
        {
            count = Math.Clamp((int)Values(outputs[names.IndexOf(countName)], row, 1)[0], 0, boxes);
        }

        var coordinates = Values(outputs[0], row, boxes * 4)[..(count * 4)];
        var scores = Values(outputs[at], row, boxes * classes)[..(count * classes)];
        if (_rules.Classes is { } className)
        {
            var found = Values(outputs[names.IndexOf(className)], row, boxes)[..count];
            return new(coordinates, [.. scores.Select(Activated)], [.. found.Select(c => (int)c - _rules.FirstClass)]);
        }

        return new(
            coordinates,
            [
                .. Enumerable.Range(0, count).SelectMany(
                    b => Activate(scores.AsSpan(b * classes, classes))[_rules.FirstClass..(_rules.FirstClass + labels)]),
            ],
            null);
    }

    private float[] Activate(Span<float> scores)
    {
        Scores.Activate(output.Activation ?? Activation.None, scores);
        return scores.ToArray();
    }

    private float Activated(float score)
    {
        if (output.Activation == Activation.Sigmoid)
        {
            Scores.Activate(Activation.Sigmoid, MemoryMarshal.CreateSpan(ref score, 1));
        }

        return score;
    }

    private static float[] Values(OrtValue tensor, int row, int width)
    {
        var values = new float[width];
        TensorReader.CopyTo(tensor, row * width, values);
        return values;
    }

    private static OutputShapeException Wrong(string where, string name, long[] shape, string expected) =>
        new(where, $"names '{name}', which has the shape [{string.Join(", ", shape)}]; expected {expected}.");
}
