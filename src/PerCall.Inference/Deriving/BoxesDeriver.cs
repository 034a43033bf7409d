using System.Text.Json.Nodes;

namespace PerCall.Inference.Deriving;

/// <summary>Derives the boxes of a detector: of Ultralytics, or of a model for detection of Transformers.</summary>
internal sealed class BoxesDeriver(Draft draft, GraphFacts graph, OutputDeriver output)
{
    /// <summary>Writes the section <c>output</c>.</summary>
    /// <returns>False if the outputs are not boxes.</returns>
    public bool TryDerive() => Ultralytics() || Detr();

    private bool Ultralytics()
    {
        var metadata = graph.Onnx.Metadata;
        if (!metadata.ContainsKey("stride") || metadata.GetValueOrDefault("task") is not (null or "detect")
            || LabelFinder.Find(draft, graph, null) is not var (labels, source)
            || output.Choose(3) is not { } boxes || output.ShapeOf(boxes) is not [_, var rows, var columns])
        {
            return false;
        }

        var form = Fits(labels.Count + 4) ? "yolo" : Fits(labels.Count + 5) ? "yolo_objectness" : null;
        if (form is null)
        {
            return false;
        }

        output.Output(boxes, output.ShapeOf(boxes)!);
        output.Use(labels, source);
        draft.Set("output.kind", "boxes", "the graph's metadata: task, stride");
        draft.Set("output.boxes.form", form, $"the graph: {rows} × {columns} values for {labels.Count} labels");
        draft.Assume("output.boxes.score", 0.25, "Ultralytics: conf");
        draft.Assume("output.boxes.iou", form == "yolo" ? 0.7 : 0.45, "Ultralytics: iou");
        return true;

        bool Fits(int width) => rows == width || columns == width;
    }

    /// <summary>
    /// DETR and similar models: scores for each query with a last class for no object, and boxes as shares of the picture.
    /// </summary>
    private bool Detr()
    {
        if (!draft.Folder.Architecture.EndsWith("ForObjectDetection", StringComparison.Ordinal)
            || graph.Output("logits") is not { } scores || graph.Output("pred_boxes") is not { } boxes
            || output.ShapeOf(scores) is not [_, _, var classes] || LabelFinder.Find(draft, graph, null) is not var (labels, source)
            || labels.Count > classes)
        {
            return false;
        }

        const string Source = "config.json: architectures";
        output.Output(boxes, output.ShapeOf(boxes)!, scores);
        output.Use(labels, source);
        draft.Set("output.kind", "boxes", Source);
        draft.Set("output.activation", classes > labels.Count ? "softmax" : "sigmoid", Source);
        draft.Set(
            "output.boxes",
            new JsonObject
            {
                ["form"] = "ssd",
                ["corners"] = "cxcywh",
                ["relative"] = true,
                ["scores"] = scores.Name,
                ["score"] = 0.5,
                ["iou"] = 1,
            },
            Source);
        return true;
    }
}
