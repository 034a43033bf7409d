namespace PerCall.Inference.Recommend;

/// <summary>The items that a call can choose from.</summary>
/// <param name="Items">Item indexes, each once; null for all.</param>
/// <param name="Unknown">Requested ids that are not known, each once.</param>
internal sealed record Candidates(IReadOnlyList<int>? Items, IReadOnlyList<string> Unknown)
{
    /// <exception cref="InvalidInputException">The filter names an attribute that no item has.</exception>
    public static Candidates Of(
        RecommenderModel model, IReadOnlyList<string>? ids, IReadOnlyDictionary<string, IReadOnlyList<string>>? filter)
    {
        HashSet<int>? items = null;
        var unknown = new HashSet<string>(StringComparer.Ordinal);
        if (ids is not null)
        {
            items = [];
            foreach (var id in ids)
            {
                if (model.ItemIndex.TryGetValue(id, out var item))
                {
                    items.Add(item);
                }
                else
                {
                    unknown.Add(id);
                }
            }
        }

        foreach (var (name, values) in filter ?? new Dictionary<string, IReadOnlyList<string>>())
        {
            var attributes = model.Attributes.Value;
            if (!attributes.Has(name))
            {
                throw RecommendFaults.UnknownAttribute(name, attributes.Names);
            }

            var having = attributes.Items(name, values);
            if (items is null)
            {
                items = [.. having];
            }
            else
            {
                items.IntersectWith(having);
            }
        }

        return new(items is null ? null : [.. items.Order()], [.. unknown]);
    }
}
