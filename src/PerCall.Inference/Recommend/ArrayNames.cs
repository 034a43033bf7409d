namespace PerCall.Inference.Recommend;

/// <summary>Names of the arrays in a recommender's data file.</summary>
internal static class ArrayNames
{
    public const string ItemVectors = "item_vectors";
    public const string UserVectors = "user_vectors";
    public const string ImplicitItemVectors = "implicit_item_vectors";

    /// <summary>[1]: μ.</summary>
    public const string Mean = "mean";

    public const string UserBiases = "user_biases";
    public const string ItemBiases = "item_biases";
    public const string Neighbors = "neighbors";
    public const string Similarities = "similarities";

    public const string HistoryOffsets = "history_offsets";
    public const string HistoryItems = "history_items";
    public const string HistoryRatings = "history_ratings";

    /// <summary>For user neighbours, by rating: its user.</summary>
    public const string HistoryUsers = "history_users";

    /// <summary>For user neighbours, by rating: its difference from the baseline.</summary>
    public const string HistoryResiduals = "history_residuals";

    /// <summary>For implicit ALS: YᵀY, which folding in would otherwise compute for each caller.</summary>
    public const string ItemGram = "item_gram";

    /// <summary>Item indexes, most popular first.</summary>
    public const string PopularItems = "popular_items";

    /// <summary>By item: the share of users who rated it.</summary>
    public const string Popularity = "popularity";
}
