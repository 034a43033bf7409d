using System.Text.Json.Serialization;

namespace PerCall.Inference.Packages;

/// <summary>How a recommender scores items. It determines how an unknown user's history is folded in.</summary>
public enum RecommenderMethod
{
    /// <summary>Biased matrix factorisation: a score is an estimated rating (Koren, Bell, Volinsky 2009).</summary>
    [JsonStringEnumMemberName("matrix-factorization")]
    MatrixFactorization,

    /// <summary>Matrix factorisation with implicit item factors (Koren 2008).</summary>
    [JsonStringEnumMemberName("svd++")]
    SvdPlusPlus,

    /// <summary>Implicit-feedback alternating least squares: a score is a preference, not a rating (Hu, Koren, Volinsky 2008).</summary>
    [JsonStringEnumMemberName("implicit-als")]
    ImplicitAls,

    /// <summary>Neighbours of items, over baselines (Koren 2010).</summary>
    [JsonStringEnumMemberName("item-knn")]
    ItemNeighbors,

    /// <summary>Neighbours of users, over baselines.</summary>
    [JsonStringEnumMemberName("user-knn")]
    UserNeighbors,
}

/// <summary>The files of a recommender besides its graph, and the parameters of folding in.</summary>
public sealed record RecommenderRules
{
    /// <summary>How items are scored.</summary>
    public required RecommenderMethod Method { get; init; }

    /// <summary>The items, JSON Lines of <c>{"id", "title"?, "attributes"?}</c>, in the order of the graph's item index.</summary>
    public required string Items { get; init; }

    /// <summary>The ids of the users, JSON Lines of strings, in the order of the graph's user index.</summary>
    public required string Users { get; init; }

    /// <summary>The arrays, in the safetensors format; the file can also contain the graph's weights.</summary>
    public required string Data { get; init; }

    /// <summary>The lowest and highest rating; absent if scores are not ratings.</summary>
    public RatingRange? Rating { get; init; }

    /// <summary>
    /// The ridge of folding in, on the factors and on the user's bias. It applies once per rating for
    /// <see cref="RecommenderMethod.MatrixFactorization"/> and <see cref="RecommenderMethod.SvdPlusPlus"/>, as in their training, and once
    /// for the other methods.
    /// </summary>
    public float Regularization { get; set; } = 0.1f;

    /// <summary>For <see cref="RecommenderMethod.ImplicitAls"/>: the confidence of one unit of feedback.</summary>
    public float Confidence { get; set; } = 1;

    /// <summary>For neighbour methods: added to the sum of similarities, so that few or weak neighbours have less effect.</summary>
    public float Shrinkage { get; init; }
}

/// <summary>The range of possible ratings, inclusive.</summary>
public sealed record RatingRange(float Min, float Max);
