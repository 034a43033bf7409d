using PerCall.Inference.Packages;

namespace PerCall.Inference.Recommend.FoldIn;

/// <summary>
/// Folds a caller in that a recommender was not trained on: from a history to the vector that the graph takes. Nothing is kept of it.
/// </summary>
internal static class CallerVector
{
    /// <param name="model">The recommender.</param>
    /// <param name="history">At least one entry, no item twice; with ratings, for all methods but SVD++ and implicit ALS.</param>
    public static float[] Of(RecommenderModel model, IReadOnlyList<RatedItem> history) => model.Data.Method switch
    {
        RecommenderMethod.ImplicitAls => FactorFoldIn.Implicit(model.Data, model.ItemGram, history),
        RecommenderMethod.ItemNeighbors => NeighborFoldIn.ByItems(model.Data, history),
        RecommenderMethod.UserNeighbors => NeighborFoldIn.ByUsers(model.Data, history),
        _ => FactorFoldIn.Explicit(model.Data, history),
    };
}
