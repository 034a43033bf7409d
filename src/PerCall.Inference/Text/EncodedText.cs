namespace PerCall.Inference.Text;

/// <summary>A text as its model takes it: as token ids, or as a string where the graph tokenizes by itself.</summary>
/// <param name="Ids">Token ids, special ones included, at least one and at most the model's length; none where the graph takes
/// strings.</param>
/// <param name="Truncated">Whether the model gets less than the whole text.</param>
internal readonly record struct EncodedText(int[] Ids, bool Truncated)
{
    /// <summary>For graphs that take strings.</summary>
    public string? Text { get; init; }

    /// <summary>Which places hold tokens, where padding stands between them; null where all do.</summary>
    public bool[]? Filled { get; init; }

    /// <summary>Places that the text takes in a run, or characters.</summary>
    public int Length => Text?.Length ?? Ids.Length;

    /// <summary>Tokens without padding; 0 where the graph takes strings.</summary>
    public int Tokens => Filled?.Count(f => f) ?? Ids.Length;
}
