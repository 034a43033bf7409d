using System.Numerics.Tensors;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Recommend.FoldIn;

/// <summary>Computes the user vector that training would give for a history, with all item parameters fixed.</summary>
internal static class FactorFoldIn
{
    /// <summary>
    /// Minimises Σ (r − μ − b_i − b − q·(p + z))² + λ n (|p|² + b²) over p and b, for the n ratings of the history; z is the implicit part
    /// of SVD++. The ridge counts per rating, as in training by gradient descent, where each rating moves its parameters towards 0.
    /// </summary>
    public static float[] Explicit(RecommenderData data, IReadOnlyList<RatedItem> history)
    {
        var (factors, width) = (data.Factors(), data.Dimensions);
        var part = ImplicitPart(data, history);
        var system = new RidgeSystem(factors + 1);
        var row = new double[factors + 1];
        row[factors] = 1;
        var rated = 0;
        foreach (var (item, rating) in history)
        {
            if (rating is not { } value)
            {
                continue;
            }

            rated++;
            var vector = data.ItemVectors.Row(item, width);
            TensorPrimitives.ConvertTruncating(vector[..factors], row.AsSpan(0, factors));
            var bias = vector[factors];
            system.Add(row, 1, value - data.Mean - bias - TensorPrimitives.Dot(vector[..factors], part));
        }

        var solved = system.Solve(data.Regularization * Math.Max(rated, 1));
        var user = new float[width];
        TensorPrimitives.Add(solved.AsSpan(0, factors), part, user);
        user[factors] = 1;
        user[factors + 1] = data.Mean + solved[factors];
        return user;
    }

    /// <summary>
    /// Returns (YᵀY + Yᵀ(C − I)Y + λI)⁻¹ YᵀC p, where an item of amount r has the confidence c = 1 + α r (Hu, Koren, Volinsky 2008).
    /// </summary>
    public static float[] Implicit(RecommenderData data, ReadOnlyMemory<float> itemGram, IReadOnlyList<RatedItem> history)
    {
        var width = data.Dimensions;
        var system = new RidgeSystem(width);
        system.Add(itemGram.Span);
        var row = new double[width];
        foreach (var (item, amount) in history)
        {
            TensorPrimitives.ConvertTruncating(data.ItemVectors.Row(item, width), row);
            var extra = data.Confidence * (amount ?? 1);
            system.Add(row, extra, 1 + extra);
        }

        return system.Solve(data.Regularization);
    }

    /// <summary>Returns |N|^-½ Σ y over the items of the history; 0 for methods without it.</summary>
    private static float[] ImplicitPart(RecommenderData data, IReadOnlyList<RatedItem> history)
    {
        var part = new float[data.Factors()];
        if (data.Method != RecommenderMethod.SvdPlusPlus)
        {
            return part;
        }

        foreach (var (item, _) in history)
        {
            TensorPrimitives.Add(part, data.ImplicitItemVectors.Row(item, part.Length), part);
        }

        TensorPrimitives.Multiply(part, 1 / MathF.Sqrt(Math.Max(history.Count, 1)), part);
        return part;
    }
}
