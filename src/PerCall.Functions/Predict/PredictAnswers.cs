using PerCall.Client.Wire;
using PerCall.Functions.Scoring;
using PerCall.Inference.Outputs;
using PerCall.Inference.Packages;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Text;

namespace PerCall.Functions.Predict;

/// <summary>Converts a model's answers to the API's form.</summary>
public static class PredictAnswers
{
    /// <param name="id">The id of the answer.</param>
    /// <param name="manifest">The model.</param>
    /// <param name="call">The call.</param>
    /// <param name="rows">One outcome for each input of the call, none of them a fault.</param>
    public static PredictResponse Of(string id, ModelManifest manifest, PredictCall call, IReadOnlyList<RowResult> rows) => new()
    {
        Id = id,
        Model = manifest.Name,
        Version = manifest.Version,
        Names = manifest.Output?.Names,
        Results = [.. rows.Select((row, i) => Of(i, call, row))],
        Usage = call.Characters is { } characters ? new(characters, rows.Sum(r => (long)r.Tokens)) : null,
    };

    private static PredictResult Of(int index, PredictCall call, RowResult row)
    {
        var result = new PredictResult { Index = index, Truncated = call.Inputs[index] is Passage ? row.Truncated : null };
        return row.Output switch
        {
            LabelsOutput labels => result with { Predictions = LabelScores.Of(labels.Predictions), Labels = labels.Labels },
            ValuesOutput values => result with { Values = values.Values },
            TokensOutput tokens => result with { Entities = [.. tokens.Entities.Select(e => Of(e, ((Passage)call.Inputs[index]).Text))] },
            BoxesOutput boxes => result with { Objects = [.. boxes.Boxes.Select(Of)], Width = boxes.Width, Height = boxes.Height },
            MaskOutput mask => result with
            {
                Classes = ClassesOf(mask),
                Mask = mask.ToPng(),
                Width = mask.Width,
                Height = mask.Height,
            },
            var other => throw new InvalidOperationException($"The answer {other} has no form on the wire."),
        };
    }

    private static TextEntity Of(Entity entity, string text) =>
        new(entity.Label, entity.Score, text[entity.Start..entity.End], entity.Start, entity.End);

    private static FoundObject Of(Box box) => new(box.Label, box.Score, new(box.X, box.Y, box.Width, box.Height));

    /// <summary>Returns the labels that a mask has, the one with the most pixels first.</summary>
    public static IReadOnlyList<MaskClass> ClassesOf(MaskOutput mask)
    {
        var pixels = new long[byte.MaxValue + 1];
        foreach (var label in mask.Classes)
        {
            pixels[label]++;
        }

        return [.. mask.Labels.Select((label, i) => new MaskClass(label, i, pixels[i], (double)pixels[i] / mask.Classes.Length))
            .Where(c => c.Pixels > 0)
            .OrderByDescending(c => c.Pixels)];
    }
}
