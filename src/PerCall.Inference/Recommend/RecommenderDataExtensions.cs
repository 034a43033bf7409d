using PerCall.Inference.Packages;

namespace PerCall.Inference.Recommend;

/// <summary>Values derived from a recommender's arrays.</summary>
internal static class RecommenderDataExtensions
{
    /// <summary>Whether a score is the dot product of two vectors.</summary>
    public static bool HasFactors(this RecommenderData data) =>
        data.Method is RecommenderMethod.MatrixFactorization or RecommenderMethod.SvdPlusPlus or RecommenderMethod.ImplicitAls;

    /// <summary>Returns the number of factors in a vector, without biases and their constant multipliers.</summary>
    public static int Factors(this RecommenderData data) =>
        data.Method == RecommenderMethod.ImplicitAls ? data.Dimensions : data.Dimensions - 2;

    /// <summary>Returns the number of elements of the graph's input <c>vector</c>.</summary>
    public static int VectorLength(this RecommenderData data) => data.Method switch
    {
        RecommenderMethod.ItemNeighbors => data.Items.Count + 1,
        RecommenderMethod.UserNeighbors => data.Users.Count + 1,
        _ => data.Dimensions,
    };

    /// <summary>Returns a user's item indexes, and the ratings in the same places.</summary>
    public static (ReadOnlyMemory<int> Items, ReadOnlyMemory<float> Ratings) HistoryOf(this RecommenderData data, int user)
    {
        var offsets = data.History.Offsets.Span;
        var (from, to) = ((int)offsets[user], (int)offsets[user + 1]);
        return (data.History.Items[from..to], data.History.Ratings[from..to]);
    }

    /// <summary>Returns b_i, for methods that have it.</summary>
    public static float ItemBias(this RecommenderData data, int item) =>
        data.HasFactors() ? data.ItemVectors.Row(item, data.Dimensions)[data.Factors()] : data.ItemBiases.Span[item];

    /// <summary>Returns one row of a matrix.</summary>
    public static ReadOnlySpan<T> Row<T>(this ReadOnlyMemory<T> matrix, int row, int width) => matrix.Span.Slice(row * width, width);
}
