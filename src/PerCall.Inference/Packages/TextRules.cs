using System.Text.Json.Serialization;

namespace PerCall.Inference.Packages;

/// <summary>How texts become the tensors of a model. Nothing of it is guessed: what is not declared is not done.</summary>
public sealed record TextRules
{
    /// <summary>What is done to a text before it is cut into tokens, in the order unicode, lowercase, strip_accents.</summary>
    public TextNormalization Normalize { get; init; } = new();

    /// <summary>What cuts a text into tokens.</summary>
    public required TokenizerRules Tokenizer { get; init; }

    /// <summary>Tokens of one text, special ones included; longer texts are truncated. 1 to 65,536.</summary>
    public required int MaxLength { get; init; }

    /// <summary>Which tokens of a longer text are kept.</summary>
    public Truncation Truncate { get; init; } = Truncation.Head;

    /// <summary>How long the tensors of a batch are.</summary>
    public Padding Pad { get; init; } = Padding.Longest;

    /// <summary>Which of the graph's inputs gets what.</summary>
    public required TextInputs Inputs { get; init; }
}

/// <summary>Steps before tokenization, each off unless declared.</summary>
public sealed record TextNormalization
{
    /// <summary>A Unicode normalisation form.</summary>
    public UnicodeForm Unicode { get; init; } = UnicodeForm.None;

    /// <summary>Each code point to its simple lower case, whatever the language.</summary>
    public bool Lowercase { get; init; }

    /// <summary>Combining marks (category Mn) are removed after canonical decomposition.</summary>
    public bool StripAccents { get; init; }
}

/// <summary>A tokenizer and its files.</summary>
public sealed record TokenizerRules
{
    /// <summary>The kind.</summary>
    public required TokenizerKind Kind { get; init; }

    /// <summary>The vocabulary: <c>vocab.txt</c> for words and WordPiece, <c>vocab.json</c> for BPE, the <c>.model</c> for SentencePiece, the <c>.tiktoken</c> ranks.</summary>
    public string? Vocabulary { get; init; }

    /// <summary>For BPE: <c>merges.txt</c>.</summary>
    public string? Merges { get; init; }

    /// <summary>For words and WordPiece: the token for what the vocabulary does not hold.</summary>
    public string? Unknown { get; init; }

    /// <summary>The token that shorter texts of a batch are filled up with; for bytes and tiktoken <see cref="PaddingId"/> says it.</summary>
    public string? Padding { get; init; }

    /// <summary>The id that shorter texts are filled up with, where no token says it; default 0.</summary>
    public int PaddingId { get; init; }

    /// <summary>Put before every text, for example <c>[CLS]</c>.</summary>
    public string? Start { get; init; }

    /// <summary>Put after every text, for example <c>[SEP]</c>.</summary>
    public string? End { get; init; }

    /// <summary>For words: whether digits stand for themselves.</summary>
    public DigitRule Digits { get; init; } = DigitRule.AsIs;

    /// <summary>For bytes: added to every byte, for graphs that keep the first ids for special tokens.</summary>
    public int Offset { get; init; }

    /// <summary>For tiktoken: the pattern that cuts a text into pieces before merging.</summary>
    public TiktokenPattern? Pattern { get; init; }
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

/// <summary>What cuts a text into tokens.</summary>
public enum TokenizerKind
{
    /// <summary>Runs of letters, marks and digits, and every other visible code point by itself, looked up in a vocabulary.</summary>
    [JsonStringEnumMemberName("words")]
    Words,

    /// <summary>BERT's WordPiece over its basic tokenizer.</summary>
    [JsonStringEnumMemberName("wordpiece")]
    WordPiece,

    /// <summary>Byte-level byte-pair encoding, as in GPT-2 and RoBERTa.</summary>
    [JsonStringEnumMemberName("bpe")]
    Bpe,

    /// <summary>SentencePiece, unigram or BPE.</summary>
    [JsonStringEnumMemberName("sentencepiece")]
    SentencePiece,

    /// <summary>Ranks in the tiktoken format.</summary>
    [JsonStringEnumMemberName("tiktoken")]
    Tiktoken,

    /// <summary>The bytes of the text in UTF-8.</summary>
    [JsonStringEnumMemberName("bytes")]
    Bytes,

    /// <summary>None: the graph takes strings.</summary>
    [JsonStringEnumMemberName("none")]
    None,
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

/// <summary>Whether digits run together with letters.</summary>
public enum DigitRule
{
    /// <summary>They do.</summary>
    [JsonStringEnumMemberName("as_is")]
    AsIs,

    /// <summary>Each digit is a token by itself.</summary>
    [JsonStringEnumMemberName("each")]
    Each,
}

/// <summary>Pre-tokenization patterns of the published tiktoken vocabularies.</summary>
public enum TiktokenPattern
{
    /// <summary>GPT-3.5 and GPT-4.</summary>
    [JsonStringEnumMemberName("cl100k")]
    Cl100k,

    /// <summary>GPT-4o and later.</summary>
    [JsonStringEnumMemberName("o200k")]
    O200k,

    /// <summary>GPT-2, and Davinci with its code variants.</summary>
    [JsonStringEnumMemberName("p50k")]
    P50k,
}
