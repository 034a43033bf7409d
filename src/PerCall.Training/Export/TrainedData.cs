using PerCall.Inference.Packages;
using PerCall.Inference.Recommend;
using PerCall.Training.Factorization;
using PerCall.Training.Neighbors;
using PerCall.Training.Ratings;

namespace PerCall.Training.Export;

/// <summary>
/// Converts a trained model to the arrays of a package. The arrays are passed on unchanged, so the served model equals the evaluated one.
/// </summary>
internal static class TrainedData
{
    public static RecommenderData Of(RecommenderMethod method, IRecommender model, RatingSet ratings, IReadOnlyList<CatalogItem> catalog)
    {
        var byUser = ratings.ByUser();
        var data = new RecommenderData
        {
            Method = method,
            Users = ratings.Users,
            Items = catalog,
            History = new(byUser.Offsets, byUser.Columns, byUser.Values),
            Mean = ratings.Mean(),
            Rating = method == RecommenderMethod.ImplicitAls ? null : new(ratings.Scale.Min, ratings.Scale.Max),
        };
        return model switch
        {
            FactorModel factors => data with
            {
                Dimensions = factors.Dimensions,
                UserVectors = factors.UserVectors,
                ItemVectors = factors.ItemVectors,
                ImplicitItemVectors = factors.ImplicitItemVectors,
                Regularization = factors.Regularization,
                Confidence = factors.Confidence,
            },
            ItemNeighborModel items => Neighbors(data, items.Baseline, items.Lists, items.Shrinkage),
            UserNeighborModel users => Neighbors(data, users.Baseline, users.Lists, users.Shrinkage),
            _ => throw new ArgumentException($"{model.GetType().Name} cannot be written as a package.", nameof(model)),
        };
    }

    private static RecommenderData Neighbors(RecommenderData data, Baselines.Baseline baseline, NeighborLists lists, float shrinkage) =>
        data with
        {
            Mean = baseline.Mean,
            UserBiases = baseline.UserBiases,
            ItemBiases = baseline.ItemBiases,
            Neighbors = lists.Indices,
            Similarities = lists.Similarities,
            NeighborCount = lists.Count,
            Regularization = baseline.UserShrinkage,
            Shrinkage = shrinkage,
        };
}
