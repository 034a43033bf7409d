namespace PerCall.Inference.Registry;

/// <summary><c>aliases.json</c> of one model.</summary>
internal sealed record AliasMap
{
    public static readonly AliasMap Empty = new();

    /// <summary>Versions by alias.</summary>
    public IReadOnlyDictionary<string, string> Aliases { get; set; } = new Dictionary<string, string>();

    /// <summary>Versions whose removal has begun; an alias may not point at them.</summary>
    public IReadOnlyList<string> Deleting { get; set; } = [];
}
