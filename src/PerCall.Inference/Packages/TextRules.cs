using System.Text.Json.Serialization;

namespace PerCall.Inference.Packages;

/// <summary>How texts become the tensors of a model. Nothing of it is guessed: what is not declared is not done.</summary>
public sealed record TextRules
{
    /// <summary>What is done to a text before it is cut into tokens, in the order unicode, lowercase, strip_accents, trim.</summary>
    public TextNormalization Normalize { get; set; } = new();

    /// <summary>What cuts a text into tokens.</summary>
    public required TokenizerRules Tokenizer { get; init; }

    /// <summary>Tokens of one text, special ones included; longer texts are truncated. 1 to 1,048,576. Where the graph takes strings: characters.</summary>
    public required int MaxLength { get; init; }

    /// <summary>Which tokens of a longer text are kept.</summary>
    public Truncation Truncate { get; set; } = Truncation.Head;

    /// <summary>How long the tensors of a batch are.</summary>
    public Padding Pad { get; set; } = Padding.Longest;

    /// <summary>Which of the graph's inputs gets what.</summary>
    public required TextInputs Inputs { get; init; }
}

/// <summary>Steps before tokenization, each off unless declared.</summary>
public sealed record TextNormalization
{
    /// <summary>A Unicode normalisation form.</summary>
    public UnicodeForm Unicode { get; set; } = UnicodeForm.None;

    /// <summary>Each code point to its simple lower case, whatever the language.</summary>
    public bool Lowercase { get; init; }

    /// <summary>Combining marks (category Mn) are removed after canonical decomposition; what is left is composed again.</summary>
    public bool StripAccents { get; init; }

    /// <summary>White space at both ends is removed.</summary>
    public bool Trim { get; init; }
}

/// <summary>The graph's inputs by what they take; each names one of the manifest's <c>inputs</c>.</summary>
public sealed record TextInputs
{
    /// <summary>Token ids [batch, length]; int32, int64 or uint8.</summary>
    public string? Ids { get; init; }

    /// <summary>1 for a token and 0 for padding [batch, length].</summary>
    public string? AttentionMask { get; init; }

    /// <summary>0 throughout [batch, length]: texts come singly, not in pairs.</summary>
    public string? TokenTypes { get; init; }

    /// <summary>The texts themselves, for graphs that tokenize: string [batch] or [batch, 1].</summary>
    public string? Text { get; init; }
}

/// <summary>Which tokens of a text that is too long are kept.</summary>
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

    /// <summary>Two windows of half the length: the first tokens, filled up behind, and the last, filled up before. A text that fits one window stands in both.</summary>
    [JsonStringEnumMemberName("ends")]
    Ends,
}

/// <summary>How long the tensors of a batch are.</summary>
public enum Padding
{
    /// <summary>As the batch's longest text.</summary>
    [JsonStringEnumMemberName("longest")]
    Longest,

    /// <summary>As <see cref="TextRules.MaxLength"/>.</summary>
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
