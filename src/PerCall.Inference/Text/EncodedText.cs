namespace PerCall.Inference.Text;

/// <summary>A text as its model takes it.</summary>
/// <param name="Ids">Token ids, special ones included; at least one, at most the model's length.</param>
/// <param name="Truncated">Whether the text had more tokens than the model takes.</param>
internal readonly record struct EncodedText(int[] Ids, bool Truncated)
{
    /// <summary>Which places hold tokens, where padding stands between them; null where all do.</summary>
    public bool[]? Filled { get; init; }
}
