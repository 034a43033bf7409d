using PerCall.Inference.Packages;
using PerCall.Inference.Recommend.FoldIn;
using PerCall.Inference.Recommend.Scoring;

namespace PerCall.Inference.Recommend;

/// <summary>The subject of an answer: a user from training, a history, or an unknown user.</summary>
/// <param name="Basis">Which of these.</param>
/// <param name="User">The user's index, if known.</param>
/// <param name="History">Entries with known items, each item once.</param>
/// <param name="UnknownItems">Items of the history that are not known.</param>
internal sealed record Caller(Basis Basis, int? User, IReadOnlyList<RatedItem> History, IReadOnlyList<string> UnknownItems)
{
    /// <summary>Resolves the subject. The caller's history takes precedence over training data, because it is newer.</summary>
    /// <exception cref="InvalidInputException">A rating is missing or out of range.</exception>
    public static Caller Of(RecommenderModel model, string? user, IReadOnlyList<HistoryEntry> history)
    {
        int? known = user is not null && model.UserIndex.TryGetValue(user, out var index) ? index : null;
        // For an item that occurs twice, the later entry counts.
        var rated = new Dictionary<int, RatedItem>();
        var unknown = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < history.Count; i++)
        {
            Check(model.Data, i, history[i].Rating);
            if (model.ItemIndex.TryGetValue(history[i].Item, out var item))
            {
                rated[item] = new(item, history[i].Rating);
            }
            else
            {
                unknown.Add(history[i].Item);
            }
        }

        var basis = rated.Count > 0 ? Basis.History : known is null ? Basis.Popular : Basis.User;
        return new(basis, known, [.. rated.Values], [.. unknown]);
    }

    /// <summary>Returns the graph's inputs <c>user</c> and <c>vector</c>; not for <see cref="Basis.Popular"/>.</summary>
    public (long User, float[] Vector) Inputs(RecommenderModel model) =>
        Basis == Basis.User ? (User!.Value, model.NoVector) : (ItemScores.Nobody, CallerVector.Of(model, History));

    /// <summary>Returns the items that the user rated, in training or in the history.</summary>
    public HashSet<int> Seen(RecommenderData data)
    {
        HashSet<int> seen = [.. History.Select(h => h.Item)];
        if (User is { } user)
        {
            seen.UnionWith(data.HistoryOf(user).Items.ToArray());
        }

        return seen;
    }

    private static void Check(RecommenderData data, int entry, float? rating)
    {
        if (rating is { } value)
        {
            var allowed = data.Rating is { } range ? value >= range.Min && value <= range.Max : float.IsFinite(value) && value > 0;
            if (!allowed)
            {
                throw RecommendFaults.RatingOutOfRange(entry, value, data.Rating);
            }
        }
        else if (data.Rating is { } range && data.Method != RecommenderMethod.SvdPlusPlus)
        {
            throw RecommendFaults.MissingRating(entry, range);
        }
    }
}
