using PerCall.Inference.Packages;

namespace PerCall.Functions.Pricing;

/// <summary>What plans put prices on, usage is grouped by and events tell.</summary>
public static class Operations
{
    public const string ClassifyImage = "images.classify";
    public const string ClassifyText = "text.classify";
    public const string Recommend = "recommend";
    public const string SimilarItems = "recommend.similar";
    public const string EstimateRating = "recommend.rate";
    public const string Batch = "batch";

    /// <summary>The unit in which each operation is counted. Images, begun thousands of characters, calls for recommendations, rows of batches that were delivered.</summary>
    public static IReadOnlyDictionary<string, string> Units { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [ClassifyImage] = "image",
        [ClassifyText] = "1k_characters",
        [Recommend] = "recommendation",
        [SimilarItems] = "recommendation",
        [EstimateRating] = "recommendation",
        [Batch] = "batch_row",
    };

    /// <summary>What can be done with models of a task.</summary>
    public static IReadOnlyList<string> Of(ModelTask task) => task switch
    {
        ModelTask.ImageClassification => [ClassifyImage, Batch],
        ModelTask.TextClassification => [ClassifyText, Batch],
        ModelTask.Recommendation => [Recommend, SimilarItems, EstimateRating, Batch],
        _ => throw new ArgumentOutOfRangeException(nameof(task), task, "No operation is known for this task."),
    };
}
