using PerCall.Inference.Pipelines;

namespace PerCall.Inference.Text;

/// <summary>A text in the form that its model takes: token ids, or a string when the graph tokenizes.</summary>
/// <param name="Ids">
/// Token ids with special tokens, at least one and at most the model's length; empty when the graph takes strings.
/// </param>
/// <param name="IsCut">Whether the text was cut.</param>
internal sealed record EncodedText(int[] Ids, bool IsCut) : EncodedInput
{
    /// <summary>For graphs that take strings.</summary>
    public string? Text { get; init; }

    /// <summary>Marks the places with tokens, when padding is between them; null when all places have tokens.</summary>
    public bool[]? Filled { get; init; }

    /// <summary>The first place of the second part of a pair; <see cref="Length"/> for a single text.</summary>
    public int Second { get; init; } = Ids.Length;

    /// <summary>
    /// Where each token is in the original text, in UTF-16 units, empty for special tokens; null when the model does not need it.
    /// </summary>
    public (int Start, int End)[]? Offsets { get; init; }

    /// <summary>Marks the tokens that continue a word; null with <see cref="Offsets"/>.</summary>
    public bool[]? Continuations { get; init; }

    /// <summary>Number of places in a run, or of characters.</summary>
    public override int Length => Text?.Length ?? Ids.Length;

    /// <inheritdoc/>
    public override int Tokens => Filled?.Count(f => f) ?? Ids.Length;

    /// <inheritdoc/>
    public override bool Truncated => IsCut;

    /// <inheritdoc/>
    public override bool IsToken(int place) => place < Ids.Length && Filled?[place] != false;

    /// <summary>Whether the token of a place continues the word of the one before.</summary>
    public bool Continues(int place) => Continuations?[place] == true;
}
