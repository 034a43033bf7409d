using System.Text.Json.Serialization;

namespace PerCall.Inference.Packages;

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
    public DigitRule Digits { get; set; } = DigitRule.AsIs;

    /// <summary>For bytes: added to every byte, for graphs that keep the first ids for special tokens.</summary>
    public int Offset { get; init; }

    /// <summary>For tiktoken: the pattern that cuts a text into pieces before merging.</summary>
    public TiktokenPattern? Pattern { get; init; }
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
