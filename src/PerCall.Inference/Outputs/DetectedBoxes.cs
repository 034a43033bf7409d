using PerCall.Inference.Packages;

namespace PerCall.Inference.Outputs;

/// <summary>The boxes of one picture, as the graph gives them.</summary>
/// <param name="Coordinates">Four numbers for each box.</param>
/// <param name="Scores">The scores of each box: one per label, or one alone if <paramref name="Labels"/> is given.</param>
/// <param name="Labels">The label of each box; null if each has a score per label.</param>
internal sealed record DetectedBoxes(float[] Coordinates, float[] Scores, int[]? Labels)
{
    public int Count => Coordinates.Length / 4;

    /// <summary>Returns left, top, right and bottom of a box, in pixels of the model's input.</summary>
    public float[] Corners(int box, BoxRules rules, int width, int height)
    {
        var (a, b, c, d) = (Coordinates[box * 4], Coordinates[(box * 4) + 1], Coordinates[(box * 4) + 2], Coordinates[(box * 4) + 3]);
        var yolo = rules.Form != BoxForm.Ssd;
        float[] corners = (rules.Corners ?? (yolo ? BoxCorners.CenterSize : BoxCorners.TopLeft)) switch
        {
            BoxCorners.CenterSize => [a - (c / 2), b - (d / 2), a + (c / 2), b + (d / 2)],
            BoxCorners.TopLeft => [b, a, d, c],
            _ => [a, b, c, d],
        };
        return rules.Relative ?? !yolo
            ? [corners[0] * width, corners[1] * height, corners[2] * width, corners[3] * height]
            : corners;
    }
}
