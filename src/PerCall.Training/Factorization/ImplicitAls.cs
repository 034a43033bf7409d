using PerCall.Training.Ratings;

namespace PerCall.Training.Factorization;

/// <summary>
/// Implicit-feedback alternating least squares. A user with feedback on an item prefers it, with a confidence of 1 + α × feedback. All
/// other items are not preferred, with a confidence of 1 (Hu, Koren, Volinsky: "Collaborative filtering for implicit feedback datasets",
/// 2008).
/// </summary>
internal sealed class ImplicitAls(ImplicitAlsOptions options) : ITrainer
{
    private const int GramRows = 1024;

    private readonly ParallelOptions _parallel = new() { MaxDegreeOfParallelism = options.Threads };

    public object? Options => options;

    public bool EstimatesRatings => false;

    public IRecommender Train(RatingSet ratings, TrainingLog log)
    {
        if (ratings.Values.Any(v => v < 0))
        {
            throw new TrainingException($"The feedback contains {ratings.Values.Min()}; allowed for als: amounts of at least 0.");
        }

        var random = new Random(options.Seed);
        var byUser = ratings.ByUser();
        var byItem = ratings.ByItem();
        var users = new FactorTable(byUser.RowCount, options.Factors);
        var items = new FactorTable(byItem.RowCount, options.Factors);
        items.Randomize(random, options.Deviation);
        Unrated.Clear(items, [.. Enumerable.Range(0, items.Rows)], ratings.ItemOf);
        for (var epoch = 1; epoch <= options.Epochs; epoch++)
        {
            var started = log.Start();
            Solve(byUser, items, users);
            Solve(byItem, users, items);
            log.Epoch(epoch, options.Epochs, ratings.Count, started, error: null);
        }

        // Users last: their vectors then equal the result of folding in the same history.
        Solve(byUser, items, users);
        return new FactorModel(options.Factors, users.ToArray(), items.ToArray())
        {
            Regularization = options.Regularization,
            Confidence = options.Confidence,
        };
    }

    /// <summary>Solves each row of the result with the other side fixed. Rows are independent of each other.</summary>
    private void Solve(RatingMatrix rows, FactorTable others, FactorTable result)
    {
        var gram = Gram(others);
        Parallel.For(0, rows.RowCount, _parallel, () => new float[gram.Length], (row, _, matrix) =>
        {
            gram.CopyTo(matrix.AsSpan());
            result[row].Clear();
            var columns = rows.ColumnsOf(row);
            var values = rows.ValuesOf(row);
            for (var n = 0; n < columns.Length; n++)
            {
                var extra = options.Confidence * values[n];
                AddOuter(matrix, others, columns[n], extra);
                GradientStep.Add(ref result.Row(row), ref others.Row(columns[n]), others.Stride, 1 + extra);
            }

            // Without feedback the right side is zero, and so is the solution.
            if (!columns.IsEmpty)
            {
                Cholesky.Solve(matrix, others.Stride, result[row]);
            }

            return matrix;
        }, _ => { });
    }

    /// <summary>
    /// Returns YᵀY + λ [factors × stride]. It adds parts of a fixed size, so that threads do not change the order of sums.
    /// </summary>
    private float[] Gram(FactorTable table)
    {
        var parts = new float[(table.Rows + GramRows - 1) / GramRows][];
        Parallel.For(0, parts.Length, _parallel, part =>
        {
            var sum = new float[table.Factors * table.Stride];
            for (var row = part * GramRows; row < Math.Min((part + 1) * GramRows, table.Rows); row++)
            {
                AddOuter(sum, table, row, 1);
            }

            parts[part] = sum;
        });
        var gram = new float[table.Factors * table.Stride];
        foreach (var part in parts)
        {
            GradientStep.Add(ref gram[0], ref part[0], gram.Length, 1);
        }

        for (var factor = 0; factor < table.Factors; factor++)
        {
            gram[(factor * table.Stride) + factor] += options.Regularization;
        }

        return gram;
    }

    /// <summary>matrix += weight × y yᵀ, at least its lower triangle.</summary>
    private static void AddOuter(float[] matrix, FactorTable table, int row, float weight)
    {
        var vector = table[row];
        for (var factor = 0; factor < vector.Length; factor++)
        {
            var lanes = ((factor / FactorTable.Lanes) + 1) * FactorTable.Lanes;
            GradientStep.Add(ref matrix[factor * table.Stride], ref table.Row(row), lanes, weight * vector[factor]);
        }
    }
}
