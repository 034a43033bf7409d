using PerCall.Functions.Pricing;
using PerCall.Inference.Packages;

namespace PerCall.Functions.Recommend;

/// <summary>The operations under which calls of recommenders are charged.</summary>
public static class RecommendOperations
{
    public static Operation Recommend { get; } = Operation.For(ModelTask.Recommendation, "recommend");

    public static Operation SimilarItems { get; } = Operation.For(ModelTask.Recommendation, "recommend.similar");

    public static Operation EstimateRating { get; } = Operation.For(ModelTask.Recommendation, "recommend.rate");

    public static TaskOperations All { get; } = new(ModelTask.Recommendation, [Recommend, SimilarItems, EstimateRating]);
}
