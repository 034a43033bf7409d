using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.Images;
using PerCall.Inference.Packages;
using PerCall.Inference.Pipelines;

namespace PerCall.Inference.Outputs;

/// <summary>A labelled rectangle of a picture, in pixels of the upright picture.</summary>
/// <param name="Label">The label.</param>
/// <param name="Score">The score.</param>
/// <param name="X">The left edge.</param>
/// <param name="Y">The top edge.</param>
/// <param name="Width">The width.</param>
/// <param name="Height">The height.</param>
public readonly record struct Box(string Label, float Score, float X, float Y, float Width, float Height);

/// <summary>The labelled rectangles of a picture, best first.</summary>
/// <param name="Boxes">The rectangles.</param>
/// <param name="Width">The width of the upright picture in pixels.</param>
/// <param name="Height">Its height.</param>
public sealed record BoxesOutput(IReadOnlyList<Box> Boxes, int Width, int Height) : ModelOutput;

/// <summary>Reads a detector's boxes: drops those with low scores and those that overlap, and maps the rest to the source picture.</summary>
internal sealed class BoxesPlan : OutputPlan
{
    private readonly string _model;
    private readonly BoxTensors _tensors;
    private readonly BoxRules _rules;
    private readonly IReadOnlyList<string> _labels;

    public BoxesPlan(ModelManifest manifest, IReadOnlyList<string> labels)
    {
        (_model, _rules, _labels) = (manifest.ToString(), manifest.Output!.Boxes!, labels);
        _tensors = new(manifest.Output, labels.Count);
    }

    public override object[] Take(IReadOnlyList<OrtValue> outputs, IReadOnlyList<EncodedInput> rows) =>
        [.. Enumerable.Range(0, rows.Count).Select(i => _tensors.Take(outputs, i, rows.Count))];

    public override ModelOutput Read(object taken, EncodedInput input, CallOptions options)
    {
        var (found, picture) = ((DetectedBoxes)taken, (EncodedImage)input);
        FloatRows.RequireFinite(found.Scores, _model, _tensors.ScoresName);
        List<Box> boxes = [];
        foreach (var box in BoxSuppression.Keep(found, _rules))
        {
            var corners = found.Corners(box.Index, _rules, picture.TargetWidth, picture.TargetHeight);
            FloatRows.RequireFinite(corners, _model, _tensors.BoxesName);
            var (left, top) = picture.ToSource(corners[0], corners[1]);
            var (right, bottom) = picture.ToSource(corners[2], corners[3]);
            // Nothing is left of a box that is outside of the picture.
            if (right > left && bottom > top)
            {
                boxes.Add(new(_labels[box.Label], box.Score, left, top, right - left, bottom - top));
            }
        }

        return new BoxesOutput(boxes, picture.SourceWidth, picture.SourceHeight);
    }

    public override bool AreSame(object one, object other)
    {
        var (a, b) = ((DetectedBoxes)one, (DetectedBoxes)other);
        return FloatRows.AreSame(a.Scores, b.Scores) && FloatRows.AreSame(a.Coordinates, b.Coordinates);
    }
}
