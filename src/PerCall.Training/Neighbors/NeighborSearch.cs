using PerCall.Training.Evaluation;
using PerCall.Training.Ratings;

namespace PerCall.Training.Neighbors;

/// <summary>Finds the nearest rows of every row of a matrix, by their common columns.</summary>
/// <remarks>
/// Compares a row with every row that shares a column with it. Sums go through the columns in order, so the number of threads does not
/// change the result.
/// </remarks>
internal sealed class NeighborSearch(NeighborOptions options)
{
    /// <param name="rows">One row per item (or user).</param>
    /// <param name="columns">The transposed matrix.</param>
    /// <param name="rowValues">The values to compare, in the places of <paramref name="rows"/>.</param>
    /// <param name="columnValues">The same values, in the places of <paramref name="columns"/>.</param>
    public NeighborLists Find(RatingMatrix rows, RatingMatrix columns, float[] rowValues, float[] columnValues)
    {
        var count = Math.Min(options.Neighbors, rows.RowCount - 1);
        var lists = new NeighborLists(count, new int[rows.RowCount * count], new float[rows.RowCount * count]);
        var squares = options.Similarity == Similarity.Cosine ? RowSquares(rows, rowValues) : [];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Threads };
        Parallel.For(0, rows.RowCount, parallel, () => new Common(rows.RowCount), (row, _, common) =>
        {
            common.Collect(row, rows, columns, rowValues, columnValues);
            Rank(row, common, squares, lists);
            return common;
        }, _ => { });
        return lists;
    }

    private static float[] RowSquares(RatingMatrix rows, float[] values)
    {
        var squares = new float[rows.RowCount];
        for (var row = 0; row < squares.Length; row++)
        {
            for (var n = rows.Offsets[row]; n < rows.Offsets[row + 1]; n++)
            {
                squares[row] += values[n] * values[n];
            }
        }

        return squares;
    }

    private void Rank(int row, Common common, float[] squares, NeighborLists lists)
    {
        var scores = common.Scores;
        Array.Fill(scores, float.NegativeInfinity);
        foreach (var other in common.Touched)
        {
            ref readonly var sums = ref common.Sums[other];
            var norm = squares.Length > 0 ? MathF.Sqrt(squares[row] * squares[other]) : MathF.Sqrt(sums.Left * sums.Right);
            if (other != row && sums.Count >= options.MinCommon && sums.Product > 0 && norm > 0)
            {
                // Neighbours with a negative similarity contribute little: results are better with positive ones only.
                scores[other] = sums.Product / norm * ((sums.Count - 1) / (sums.Count - 1 + options.SimilarityShrinkage));
            }
        }

        foreach (var (place, other) in TopItems.Of(scores, lists.Count).Index())
        {
            if (scores[other] > 0)
            {
                lists.Indices[(row * lists.Count) + place] = other;
                lists.Similarities[(row * lists.Count) + place] = scores[other];
            }
        }
    }

    /// <summary>Sums over the common columns of one row and each other row. Each thread has its own, and reuses it for every row.</summary>
    private sealed class Common(int rows)
    {
        public Sum[] Sums { get; } = new Sum[rows];

        public float[] Scores { get; } = new float[rows];

        public List<int> Touched { get; } = [];

        public void Collect(int row, RatingMatrix rows, RatingMatrix columns, float[] rowValues, float[] columnValues)
        {
            foreach (var other in Touched)
            {
                Sums[other] = default;
            }

            Touched.Clear();
            for (var n = rows.Offsets[row]; n < rows.Offsets[row + 1]; n++)
            {
                var left = rowValues[n];
                var column = rows.Columns[n];
                for (var m = columns.Offsets[column]; m < columns.Offsets[column + 1]; m++)
                {
                    ref var sum = ref Sums[columns.Columns[m]];
                    if (sum.Count == 0)
                    {
                        Touched.Add(columns.Columns[m]);
                    }

                    var right = columnValues[m];
                    sum.Count++;
                    sum.Product += left * right;
                    sum.Left += left * left;
                    sum.Right += right * right;
                }
            }
        }
    }

    private struct Sum
    {
        public int Count;
        public float Product;
        public float Left;
        public float Right;
    }
}
