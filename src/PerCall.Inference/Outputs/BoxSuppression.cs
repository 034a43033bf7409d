using PerCall.Inference.Packages;

namespace PerCall.Inference.Outputs;

/// <summary>Chooses among a detector's boxes: by score, and by overlap within a label (non-maximum suppression).</summary>
internal static class BoxSuppression
{
    /// <summary>Maximum number of boxes that are compared with each other. The time grows with its square.</summary>
    private const int MaxCompared = 4096;

    /// <summary>Returns the boxes to keep, best first.</summary>
    public static IEnumerable<(int Index, int Label, float Score)> Keep(DetectedBoxes found, BoxRules rules)
    {
        var labels = found.Count == 0 ? 0 : found.Scores.Length / found.Count;
        var likely = new List<(int Index, int Label, float Score)>();
        for (var box = 0; box < found.Count; box++)
        {
            var scores = found.Scores.AsSpan(box * labels, labels);
            for (var i = 0; i < labels; i++)
            {
                if (scores[i] >= rules.Score && (found.Labels?[box] ?? i) is >= 0 and var label)
                {
                    likely.Add((box, label, scores[i]));
                }
            }
        }

        var kept = new List<((int Index, int Label, float Score) Box, float[] Corners)>();
        foreach (var box in likely.OrderByDescending(b => b.Score).Take(MaxCompared))
        {
            if (kept.Count == rules.Max)
            {
                break;
            }

            // The unit does not matter for a share.
            var corners = found.Corners(box.Index, rules, width: 1, height: 1);
            if (!kept.Exists(k => k.Box.Label == box.Label && Overlap(k.Corners, corners) > rules.Iou))
            {
                kept.Add((box, corners));
            }
        }

        return kept.Select(k => k.Box);
    }

    /// <summary>Returns the intersection of two boxes as a share of their union.</summary>
    private static float Overlap(float[] a, float[] b)
    {
        var width = Math.Min(a[2], b[2]) - Math.Max(a[0], b[0]);
        var height = Math.Min(a[3], b[3]) - Math.Max(a[1], b[1]);
        var shared = Math.Max(0, width) * Math.Max(0, height);
        return shared == 0 ? 0 : shared / (AreaOf(a) + AreaOf(b) - shared);
    }

    private static float AreaOf(float[] corners) => (corners[2] - corners[0]) * (corners[3] - corners[1]);
}
