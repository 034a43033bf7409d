namespace PerCall.Inference.Recommend;

/// <summary>Finds items by their attributes.</summary>
internal sealed class AttributeIndex
{
    private readonly Dictionary<string, Dictionary<string, List<int>>> _items = new(StringComparer.Ordinal);

    private AttributeIndex()
    {
    }

    /// <summary>Names of all attributes in the catalogue.</summary>
    public IEnumerable<string> Names => _items.Keys.Order(StringComparer.Ordinal);

    public static AttributeIndex Of(IReadOnlyList<CatalogItem> items)
    {
        var index = new AttributeIndex();
        for (var item = 0; item < items.Count; item++)
        {
            foreach (var (name, value) in items[item].Attributes ?? new Dictionary<string, string>())
            {
                if (!index._items.TryGetValue(name, out var values))
                {
                    index._items[name] = values = new(StringComparer.Ordinal);
                }

                if (!values.TryGetValue(value, out var having))
                {
                    values[value] = having = [];
                }

                having.Add(item);
            }
        }

        return index;
    }

    public bool Has(string name) => _items.ContainsKey(name);

    /// <summary>Returns the items that have one of the values; an unknown value matches no item.</summary>
    public IEnumerable<int> Items(string name, IEnumerable<string> values) =>
        values.Distinct(StringComparer.Ordinal).SelectMany(v => _items[name].GetValueOrDefault(v) ?? []);
}
