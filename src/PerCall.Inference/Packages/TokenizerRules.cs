using System.Text.Json.Serialization;

namespace PerCall.Inference.Packages;

/// <summary>A tokenizer and its files.</summary>
public sealed record TokenizerRules
{
    /// <summary>The kind of tokenizer.</summary>
    public required TokenizerKind Kind { get; init; }

    /// <summary>
    /// The vocabulary: <c>vocab.txt</c> for words and WordPiece (for words also a <c>.json</c> object of ids by token),
    /// <c>vocab.json</c> for BPE, the <c>.model</c> for SentencePiece, <c>tokenizer.json</c> for Hugging Face, the <c>.tiktoken</c> ranks.
    /// </summary>
    public string? Vocabulary { get; init; }

    /// <summary>For BPE: <c>merges.txt</c>.</summary>
    public string? Merges { get; init; }

    /// <summary>For words and WordPiece: the token for words that are not in the vocabulary.</summary>
    public string? Unknown { get; init; }

    /// <summary>The padding token for shorter texts of a batch. Bytes and tiktoken use <see cref="PaddingId"/> instead.</summary>
    public string? Padding { get; init; }

    /// <summary>The padding id, if there is no padding token; default 0.</summary>
    public int PaddingId { get; init; }

    /// <summary>The token before every text, for example <c>[CLS]</c>.</summary>
    public string? Start { get; init; }

    /// <summary>The token after every text, for example <c>[SEP]</c>.</summary>
    public string? End { get; init; }

    /// <summary>For words: how digits are tokenized.</summary>
    public DigitRule Digits { get; set; } = DigitRule.AsIs;

    /// <summary>For words: where a text is split.</summary>
    public SplitRule Split { get; set; } = SplitRule.Words;

    /// <summary>For words: characters that are removed from a text before it is split.</summary>
    public string? Strip { get; init; }

    /// <summary>For bytes: the offset added to every byte, for graphs that reserve the first ids for special tokens.</summary>
    public int Offset { get; init; }

    /// <summary>
    /// For SentencePiece: whether the ids are those of fairseq, as in XLM-RoBERTa: <c>&lt;s&gt;</c>, <c>&lt;pad&gt;</c>, <c>&lt;/s&gt;</c>,
    /// <c>&lt;unk&gt;</c>, the model's pieces from the fourth one on, and <c>&lt;mask&gt;</c>.
    /// </summary>
    public bool Fairseq { get; init; }

    /// <summary>For tiktoken: the pattern that splits a text before merging.</summary>
    public TiktokenPattern? Pattern { get; init; }
}

/// <summary>The kinds of tokenizers.</summary>
public enum TokenizerKind
{
    /// <summary>Looks up runs of letters, marks and digits, and every other visible code point, in a vocabulary.</summary>
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

    /// <summary>Hugging Face's <c>tokenizer.json</c>, with all its steps.</summary>
    [JsonStringEnumMemberName("huggingface")]
    HuggingFace,

    /// <summary>Ranks in the tiktoken format.</summary>
    [JsonStringEnumMemberName("tiktoken")]
    Tiktoken,

    /// <summary>The bytes of the text in UTF-8.</summary>
    [JsonStringEnumMemberName("bytes")]
    Bytes,

    /// <summary>No tokenizer: the graph takes strings.</summary>
    [JsonStringEnumMemberName("none")]
    None,
}

/// <summary>How digits are tokenized.</summary>
public enum DigitRule
{
    /// <summary>Digits and letters form one token.</summary>
    [JsonStringEnumMemberName("as_is")]
    AsIs,

    /// <summary>Each digit is a separate token.</summary>
    [JsonStringEnumMemberName("each")]
    Each,
}

/// <summary>Where texts are split into words.</summary>
public enum SplitRule
{
    /// <summary>Around runs of letters, marks and digits, and around every other visible code point.</summary>
    [JsonStringEnumMemberName("words")]
    Words,

    /// <summary>At white space only.</summary>
    [JsonStringEnumMemberName("whitespace")]
    Whitespace,
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
