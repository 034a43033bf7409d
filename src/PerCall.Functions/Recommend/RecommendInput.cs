using PerCall.Functions.Scoring;
using PerCall.Inference.Recommend;

namespace PerCall.Functions.Recommend;

/// <summary>The input of a recommender.</summary>
public sealed record RecommendInput(string? Model, RecommendationQuery Query) : TaskInput(Model)
{
    public override long Units => 1;
}
