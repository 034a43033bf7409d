using PerCall.Inference.Packages;

namespace PerCall.Inference.Recommend.FoldIn;

/// <summary>
/// Folds in a caller that a recommender was not trained on: converts a history to the graph's input vector. Nothing of it is stored.
/// </summary>
internal static class CallerVector
{
    /// <param name="model">The recommender.</param>
    /// <param name="history">At least one entry, each item once. Ratings are required, except for SVD++ and implicit ALS.</param>
    public static float[] Of(RecommenderModel model, IReadOnlyList<RatedItem> history) => model.Data.Method switch
    {
        RecommenderMethod.ImplicitAls => FactorFoldIn.Implicit(model.Data, model.ItemGram, history),
        RecommenderMethod.ItemNeighbors => NeighborFoldIn.ByItems(model.Data, history),
        RecommenderMethod.UserNeighbors => NeighborFoldIn.ByUsers(model.Data, history),
        _ => FactorFoldIn.Explicit(model.Data, history),
    };
}
