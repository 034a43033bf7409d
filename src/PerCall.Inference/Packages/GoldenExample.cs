using System.Text.Json;
using System.Text.Json.Nodes;

namespace PerCall.Inference.Packages;

/// <summary>
/// One line of <c>golden.jsonl</c>: an input in the package, and the answer that its owner recorded. Each task adds its own members in
/// another part of the type.
/// </summary>
internal sealed partial record GoldenExample
{
    /// <summary>A picture, by its path in the package.</summary>
    public string? Image { get; init; }

    /// <summary>A text.</summary>
    public string? Text { get; init; }

    /// <summary>The second part of a pair of texts.</summary>
    public string? Pair { get; init; }

    /// <summary>The token ids of the text, truncated. With them, an example verifies the tokenizer itself, not only the scores.</summary>
    public IReadOnlyList<int>? Ids { get; init; }

    /// <summary>A user that the recommender was trained on.</summary>
    public string? User { get; init; }

    /// <summary>The ratings of a user that it was not trained on.</summary>
    public IReadOnlyList<GoldenRating>? History { get; init; }

    /// <summary>The best predictions, best first; at least one, for classification.</summary>
    public IReadOnlyList<GoldenPrediction> Predictions { get; set; } = [];

    /// <summary>The best items, best first; at least one, for recommendation.</summary>
    public IReadOnlyList<GoldenRecommendation> Recommendations { get; set; } = [];

    /// <summary>The values, for the output kind <c>values</c>.</summary>
    public IReadOnlyList<float> Values { get; set; } = [];

    /// <summary>All labelled parts of the text, for the output kind <c>tokens</c>.</summary>
    public IReadOnlyList<GoldenEntity>? Entities { get; init; }

    /// <summary>All rectangles of the picture, best first, for the output kind <c>boxes</c>.</summary>
    public IReadOnlyList<GoldenBox>? Boxes { get; init; }

    /// <summary>The path of a grey PNG with the label's index of each pixel, for the output kind <c>mask</c>.</summary>
    public string? Mask { get; init; }

    /// <summary>Allowed difference of a rectangle's coordinates, in pixels of the picture.</summary>
    public float Pixels { get; set; } = 1;

    /// <summary>
    /// Allowed difference of a score or value: processors differ in the last digits of a sum. For a mask: the share of pixels that may have
    /// another label.
    /// </summary>
    public float Tolerance { get; set; } = 0.001f;

    /// <summary>
    /// <see cref="PerCall"/>: PerCall recorded its own answer, so that the example shows that answers stay the same, and not that they are
    /// right. Null: the owner's answer.
    /// </summary>
    public string? MadeBy { get; init; }

    /// <summary>The value of <see cref="MadeBy"/> for an example that PerCall made.</summary>
    public const string PerCall = "percall";

    /// <summary>Reads an example that may not have an answer yet.</summary>
    public static GoldenExample Of(JsonObject example) => example.Deserialize(ManifestJson.Default.GoldenExample)!;

    /// <summary>Marks an example as made by PerCall.</summary>
    public static void Mark(JsonObject example) => example["made_by"] = PerCall;
}

/// <summary>One expected label and score.</summary>
internal sealed record GoldenPrediction(string Label, float Score);

/// <summary>One expected item and score.</summary>
internal sealed record GoldenRecommendation(string Item, float Score);

/// <summary>One rating of a golden example's history.</summary>
internal sealed record GoldenRating(string Item, float? Rating = null);

/// <summary>One expected part of a text, in UTF-16 units.</summary>
internal sealed record GoldenEntity(string Label, int Start, int End, float? Score = null);

/// <summary>One expected rectangle, in pixels of the picture.</summary>
internal sealed record GoldenBox(string Label, float Score, float X, float Y, float Width, float Height);
