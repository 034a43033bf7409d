using System.Runtime.CompilerServices;
using PerCall.Training.Ratings;

namespace PerCall.Training.Factorization;

/// <summary>
/// Matrix factorisation with implicit item factors, r̂ = μ + b_u + b_i + q·(p + |N(u)|^-½ Σ y_j), by stochastic gradient descent
/// (Koren: "Factorization meets the neighborhood", 2008).
/// </summary>
/// <remarks>
/// Training goes user by user. The implicit sum is computed once per user and moves with each of the user's ratings as if all its y had
/// moved; the y take their combined steps at the end. A rating therefore costs as much as in plain factorisation, not |N(u)| times as much.
/// Users share items everywhere, so no part could run concurrently with the same result: training uses one thread.
/// </remarks>
internal sealed class SvdPlusPlus(SvdPlusPlusOptions options) : ITrainer
{
    public object? Options => options;

    public bool EstimatesRatings => true;

    public IRecommender Train(RatingSet ratings, TrainingLog log)
    {
        var random = new Random(options.Seed);
        var norm = RatingNorm.Of(ratings);
        var byUser = ratings.ByUser();
        var tables = new Tables(
            new(byUser.RowCount, options.Factors), new(byUser.ColumnCount, options.Factors), new(byUser.ColumnCount, options.Factors),
            new(1, options.Factors));
        foreach (var table in new[] { tables.Users, tables.Items, tables.Implicit })
        {
            table.Randomize(random, options.Deviation);
        }

        var everyUser = Enumerable.Range(0, byUser.RowCount).ToArray();
        var everyItem = Enumerable.Range(0, byUser.ColumnCount).ToArray();
        Unrated.Clear(tables.Items, everyItem, ratings.ItemOf);
        Unrated.Clear(tables.Implicit, everyItem, ratings.ItemOf);
        Unrated.Clear(tables.Users, everyUser, ratings.UserOf);

        var order = everyUser.AsSpan().ToArray();
        var rate = options.LearningRate;
        for (var epoch = 1; epoch <= options.Epochs; epoch++)
        {
            var started = log.Start();
            random.Shuffle(order);
            var squares = 0.0;
            foreach (var user in order)
            {
                squares += Descend(user, byUser, norm, tables, rate);
            }

            rate *= options.Decay;
            log.Epoch(epoch, options.Epochs, ratings.Count, started, norm.Deviation * Math.Sqrt(squares / ratings.Count));
        }

        // From here on, the items' implicit factors are part of the user's vector.
        foreach (var user in order)
        {
            ImplicitSum(byUser.ColumnsOf(user), tables);
            GradientStep.Add(ref tables.Users.Row(user), ref tables.Sum.Row(0), tables.Users.Stride, 1);
        }

        var model = BiasedModel.Compose(norm, tables.Users, tables.Items, everyUser, everyItem, options.Regularization);
        return model with { ImplicitItemVectors = BiasedModel.Factors(norm, tables.Implicit) };
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double Descend(int user, RatingMatrix byUser, RatingNorm norm, in Tables tables, float rate)
    {
        var items = byUser.ColumnsOf(user);
        if (items.IsEmpty)
        {
            return 0;
        }

        var values = byUser.ValuesOf(user);
        var stride = tables.Users.Stride;
        var share = ImplicitSum(items, tables);
        Span<float> first = stackalloc float[stride];
        tables.Sum[0].CopyTo(first);
        ref var sum = ref tables.Sum.Row(0);
        ref var p = ref tables.Users.Row(user);
        ref var userBias = ref tables.Users.Biases[user];
        var keepBias = 1 - (rate * options.BiasRegularization);
        var squares = 0.0;
        for (var n = 0; n < items.Length; n++)
        {
            ref var q = ref tables.Items.Row(items[n]);
            ref var itemBias = ref tables.Items.Biases[items[n]];
            var estimate = userBias + itemBias + GradientStep.Dot(ref p, ref q, stride) + GradientStep.Dot(ref sum, ref q, stride);
            var error = norm.Apply(values[n]) - estimate;
            squares += error * error;
            userBias = (keepBias * userBias) + (rate * error);
            itemBias = (keepBias * itemBias) + (rate * error);
            GradientStep.DescendWithSum(ref p, ref q, ref sum, stride, error, rate, options.Regularization, options.ImplicitRegularization);
        }

        // The sum moved by |N|^-½ Σ Δy. All y move equally, so each moves by that over |N|^½.
        foreach (ref var value in first)
        {
            value = -value;
        }

        GradientStep.Add(ref first[0], ref sum, stride, 1);
        foreach (var item in items)
        {
            GradientStep.Add(ref tables.Implicit.Row(item), ref first[0], stride, share);
        }

        return squares;
    }

    /// <summary>Writes |N|^-½ Σ y to the sum, and returns |N|^-½.</summary>
    private static float ImplicitSum(ReadOnlySpan<int> items, in Tables tables)
    {
        tables.Sum[0].Clear();
        var share = items.IsEmpty ? 0 : 1 / MathF.Sqrt(items.Length);
        foreach (var item in items)
        {
            GradientStep.Add(ref tables.Sum.Row(0), ref tables.Implicit.Row(item), tables.Sum.Stride, share);
        }

        return share;
    }

    private readonly record struct Tables(FactorTable Users, FactorTable Items, FactorTable Implicit, FactorTable Sum);
}
