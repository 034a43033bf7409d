using System.Text.Json.Serialization;

namespace PerCall.Inference.Packages;

/// <summary>How texts become the tensors of a model. Only declared steps are applied.</summary>
public sealed record TextRules
{
    /// <summary>The normalisation of a text before tokenization, in the order unicode, lowercase, strip_accents, trim.</summary>
    public TextNormalization Normalize { get; set; } = new();

    /// <summary>The tokenizer.</summary>
    public required TokenizerRules Tokenizer { get; init; }

    /// <summary>How two texts become one sequence, for models that read pairs; null for single texts.</summary>
    public PairRules? Pair { get; init; }

    /// <summary>
    /// Maximum number of tokens per text, including special tokens, 1 to 1,048,576; characters if the graph takes strings. Longer texts are
    /// truncated.
    /// </summary>
    public required int MaxLength { get; init; }

    /// <summary>Which tokens of a longer text are kept.</summary>
    public Truncation Truncate { get; set; } = Truncation.Head;

    /// <summary>How long the tensors of a batch are.</summary>
    public Padding Pad { get; set; } = Padding.Longest;

    /// <summary>The graph's inputs by content.</summary>
    public required TextInputs Inputs { get; init; }
}

/// <summary>How two texts become one sequence: start, the first text, the separator, the second text, end.</summary>
public sealed record PairRules
{
    /// <summary>Tokens between the two texts, for example <c>[SEP]</c>, or <c>&lt;/s&gt;</c> twice.</summary>
    public required IReadOnlyList<string> Separator { get; init; }
}

/// <summary>Steps before tokenization, each off unless declared.</summary>
public sealed record TextNormalization
{
    /// <summary>A Unicode normalisation form.</summary>
    public UnicodeForm Unicode { get; set; } = UnicodeForm.None;

    /// <summary>Converts each code point to its simple lower case, independent of language.</summary>
    public bool Lowercase { get; init; }

    /// <summary>
    /// Removes combining marks (category Mn) after canonical decomposition, then composes the text again,
    /// unless the tokenizer's vocabulary is decomposed.
    /// </summary>
    public bool StripAccents { get; init; }

    /// <summary>Removes white space at both ends.</summary>
    public bool Trim { get; init; }
}

/// <summary>The graph's inputs by content. Each value is the name of one of the manifest's <c>inputs</c>.</summary>
public sealed record TextInputs
{
    /// <summary>Token ids [batch, length]; int32, int64 or uint8.</summary>
    public string? Ids { get; init; }

    /// <summary>1 for a token and 0 for padding [batch, length].</summary>
    public string? AttentionMask { get; init; }

    /// <summary>
    /// [batch, length]: 1 for the second text of a pair and what follows it, otherwise 0.
    /// </summary>
    public string? TokenTypes { get; init; }

    /// <summary>The texts themselves, for graphs that tokenize: string [batch] or [batch, 1].</summary>
    public string? Text { get; init; }
}

/// <summary>Which tokens of a longer text are kept.</summary>
public enum Truncation
{
    /// <summary>The first.</summary>
    [JsonStringEnumMemberName("head")]
    Head,

    /// <summary>The last.</summary>
    [JsonStringEnumMemberName("tail")]
    Tail,

    /// <summary>The first half, rounded up, and the last half.</summary>
    [JsonStringEnumMemberName("head_tail")]
    HeadTail,

    /// <summary>
    /// Two windows of half the length: the first tokens, padded at the end, and the last tokens, padded at the start. A short text is in
    /// both windows.
    /// </summary>
    [JsonStringEnumMemberName("ends")]
    Ends,
}

/// <summary>How long the tensors of a batch are.</summary>
public enum Padding
{
    /// <summary>The length of the longest text in the batch.</summary>
    [JsonStringEnumMemberName("longest")]
    Longest,

    /// <summary>Always <see cref="TextRules.MaxLength"/>.</summary>
    [JsonStringEnumMemberName("max_length")]
    MaxLength,
}

/// <summary>Unicode normalisation forms (Unicode Standard Annex 15).</summary>
public enum UnicodeForm
{
    /// <summary>The text as it came.</summary>
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>Canonical composition.</summary>
    [JsonStringEnumMemberName("nfc")]
    Nfc,

    /// <summary>Canonical decomposition.</summary>
    [JsonStringEnumMemberName("nfd")]
    Nfd,

    /// <summary>Compatibility composition.</summary>
    [JsonStringEnumMemberName("nfkc")]
    Nfkc,

    /// <summary>Compatibility decomposition.</summary>
    [JsonStringEnumMemberName("nfkd")]
    Nfkd,
}
