namespace PerCall.Inference.Text;

/// <summary>A text in the form that its model takes: token ids, or a string when the graph tokenizes.</summary>
/// <param name="Ids">
/// Token ids with special tokens, at least one and at most the model's length; empty when the graph takes strings.
/// </param>
/// <param name="Truncated">Whether the text was cut.</param>
internal readonly record struct EncodedText(int[] Ids, bool Truncated)
{
    /// <summary>For graphs that take strings.</summary>
    public string? Text { get; init; }

    /// <summary>Marks the places with tokens, when padding is between them; null when all places have tokens.</summary>
    public bool[]? Filled { get; init; }

    /// <summary>Number of places in a run, or of characters.</summary>
    public int Length => Text?.Length ?? Ids.Length;

    /// <summary>Number of tokens without padding; 0 when the graph takes strings.</summary>
    public int Tokens => Filled?.Count(f => f) ?? Ids.Length;
}
