using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PerCall.Client.Wire;
using PerCall.Functions.Requests;
using PerCall.Inference.Recommend;

namespace PerCall.Functions.Recommend;

/// <summary>Reads requests for recommenders, and rejects what can be rejected without a model.</summary>
public sealed class RecommendRequestReader
{
    private const int DefaultCount = 10;
    private const int MaxCount = 1000;
    private const int MaxItems = 10_000;
    private const int MaxHistory = 10_000;
    private const int MaxFilterValues = 1000;

    private readonly RecommendOptions _options;

    public RecommendRequestReader(IOptions<RecommendOptions> options) => _options = options.Value;

    /// <exception cref="RefusedException">The body is not valid for the call.</exception>
    public async Task<RecommendCall> RecommendAsync(HttpRequest request, CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync(
            request, RequestJson.Wire.RecommendRequest, "{\"model\", \"user\", \"n\", \"history\"}", _options.MaxBytes, cancellation);
        return new(ModelParameters.Model(body.Model), Check(body));
    }

    /// <summary>Validates a body, except for the model's name.</summary>
    /// <exception cref="RefusedException">The body is not valid for the call.</exception>
    public static RecommendationQuery Check(RecommendRequest body) => new()
    {
        User = body.User,
        Count = Count(body.N),
        ExcludeSeen = body.ExcludeSeen ?? true,
        Items = Items(body.Items),
        Filter = Filter(body.Filter),
        History = History(body.History),
    };

    /// <inheritdoc cref="RecommendAsync"/>
    public async Task<SimilarCall> SimilarAsync(HttpRequest request, CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync(
            request, RequestJson.Wire.SimilarItemsRequest, "{\"model\", \"item\", \"n\"}", _options.MaxBytes, cancellation);
        return new(ModelParameters.Model(body.Model), Item(body.Item), Count(body.N), Filter(body.Filter));
    }

    /// <inheritdoc cref="RecommendAsync"/>
    public async Task<RateCall> RateAsync(HttpRequest request, CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync(
            request,
            RequestJson.Wire.EstimateRatingRequest,
            "{\"model\", \"user\", \"item\", \"history\"}",
            _options.MaxBytes,
            cancellation);
        return new(ModelParameters.Model(body.Model), body.User, Item(body.Item), History(body.History));
    }

    private static string Item(string? item) => item ?? throw RefusedException.BadRequest(
        "missing_item", "The body has no 'item'; it must contain an item's id.", "item");

    private static int Count(int? count) => count switch
    {
        null => DefaultCount,
        >= 1 and <= MaxCount => count.Value,
        _ => throw RefusedException.BadRequest("invalid_n", $"'n' is {count}; allowed: 1 to {MaxCount}.", "n"),
    };

    private static IReadOnlyList<string>? Items(IReadOnlyList<string>? items)
    {
        if (items?.Count > MaxItems)
        {
            throw RefusedException.BadRequest(
                "too_many_items", $"'items' has {items.Count:N0} entries; allowed: at most {MaxItems:N0}.", "items");
        }

        for (var i = 0; i < items?.Count; i++)
        {
            if (items[i] is null)
            {
                throw RefusedException.BadRequest("missing_item", $"'items[{i}]' is null; expected an item's id.", $"items[{i}]");
            }
        }

        return items;
    }

    private static IReadOnlyDictionary<string, IReadOnlyList<string>>? Filter(IReadOnlyDictionary<string, IReadOnlyList<string>>? filter)
    {
        var values = filter?.Sum(f => f.Value.Count) ?? 0;
        return values <= MaxFilterValues ? filter : throw RefusedException.BadRequest(
            "too_many_values", $"'filter' has {values:N0} values; allowed: at most {MaxFilterValues:N0}.", "filter");
    }

    private static List<HistoryEntry>? History(IReadOnlyList<RatedItem>? history)
    {
        if (history is null)
        {
            return null;
        }

        if (history.Count > MaxHistory)
        {
            throw RefusedException.BadRequest(
                "history_too_long", $"'history' has {history.Count:N0} entries; allowed: at most {MaxHistory:N0}.", "history");
        }

        return [.. history.Select((entry, i) => entry?.Item is { } item
            ? new HistoryEntry(item, entry.Rating)
            : throw RefusedException.BadRequest(
                "missing_item", $"'history[{i}]' has no 'item'; it must contain an item's id.", $"history[{i}].item"))];
    }
}
