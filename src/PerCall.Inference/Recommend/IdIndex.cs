namespace PerCall.Inference.Recommend;

/// <summary>Maps ids to indexes.</summary>
internal static class IdIndex
{
    /// <exception cref="InvalidDataException">An id occurs twice.</exception>
    public static Dictionary<string, int> Of(string what, IReadOnlyList<string> ids)
    {
        var index = new Dictionary<string, int>(ids.Count, StringComparer.Ordinal);
        for (var i = 0; i < ids.Count; i++)
        {
            if (!index.TryAdd(ids[i], i))
            {
                throw new InvalidDataException($"the {what} '{ids[i]}' is listed twice.");
            }
        }

        return index;
    }
}
