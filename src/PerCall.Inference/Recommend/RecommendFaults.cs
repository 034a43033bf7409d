using PerCall.Inference.Packages;

namespace PerCall.Inference.Recommend;

/// <summary>Errors of recommender calls, each with its own code.</summary>
internal static class RecommendFaults
{
    private const int Shown = 100;

    public static InvalidInputException ItemNotFound(string id, ModelManifest manifest) =>
        new("item_not_found", $"The model {manifest} has no item '{Short(id)}'.", "item");

    public static InvalidInputException MissingRating(int entry, RatingRange range) =>
        new(
            "missing_rating",
            $"'history[{entry}]' has no 'rating'; allowed for this model: {range.Min} to {range.Max}.",
            $"history[{entry}].rating");

    public static InvalidInputException RatingOutOfRange(int entry, float rating, RatingRange? range) => new(
        "rating_out_of_range",
        range is null
            ? $"'history[{entry}].rating' is {rating}; allowed for this model: amounts of feedback, finite and above 0."
            : $"'history[{entry}].rating' is {rating}; allowed for this model: {range.Min} to {range.Max}.",
        $"history[{entry}].rating");

    public static InvalidInputException NoRatings(ModelManifest manifest) => new(
        "no_ratings",
        $"The model {manifest} was trained on implicit feedback, so its scores are not ratings; "
            + "to rank items for a user, use POST /v1/recommend with 'items'.",
        "model");

    public static InvalidInputException UnknownAttribute(string name, IEnumerable<string> names) => new(
        "unknown_attribute",
        $"No item has the attribute '{Short(name)}'; "
            + $"{(string.Join(", ", names) is { Length: > 0 } all ? $"allowed: {all}." : "the items of this model have no attributes.")}",
        $"filter.{Short(name)}");

    private static string Short(string text) => text.Length <= Shown ? text : text[..Shown] + "…";
}
