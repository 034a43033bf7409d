using System.Globalization;
using PerCall.Inference.Tasks;

namespace PerCall.Inference.Packages;

/// <summary>Validates the text section of a manifest, and compares it with its tensors.</summary>
internal static class TextManifestValidator
{
    public const int MaxLength = 1 << 20;

    public static ManifestSection Section { get; } = new("text", m => m.Text, Check) { Files = Files };

    /// <summary>Returns the files that the section names, each with its path in the manifest.</summary>
    public static IEnumerable<(string Where, string? File)> Files(ModelManifest m) => m.Text is not { Tokenizer: { } tokenizer }
        ? []
        : [("text.tokenizer.vocabulary", tokenizer.Vocabulary), ("text.tokenizer.merges", tokenizer.Merges)];

    public static IEnumerable<PackageFault> Check(ModelManifest m)
    {
        if (m.Text is not { } text)
        {
            return [];
        }

        return Length(text).Concat(Tokenizer(text.Tokenizer)).Concat(Inputs(m, text));
    }

    private static IEnumerable<PackageFault> Length(TextRules text)
    {
        if (text.MaxLength is < 1 or > MaxLength)
        {
            yield return new(
                "text.max_length", string.Create(CultureInfo.InvariantCulture, $"is {text.MaxLength}; allowed: 1 to {MaxLength} tokens."));
        }

        var special = new[] { text.Tokenizer.Start, text.Tokenizer.End }.Count(t => t is not null) + (text.Pair?.Separator.Count ?? 0);
        if (text.MaxLength <= special && text.MaxLength >= 1)
        {
            yield return new("text.max_length", $"is {text.MaxLength}, which leaves no room for text after {special} special token(s).");
        }

        if (text.Truncate == Truncation.Ends && (text.Pad != Padding.MaxLength || text.MaxLength % 2 != 0 || special > 0))
        {
            yield return new(
                "text.truncate",
                "is ends, which uses two windows of half the length; "
                    + "it requires pad max_length, an even max_length and no start or end token.");
        }

        if (text.Pair is not null && (text.Tokenizer.Kind is TokenizerKind.None or TokenizerKind.Bytes or TokenizerKind.Tiktoken
            || text.Truncate != Truncation.Head))
        {
            yield return new(
                "text.pair",
                "requires a tokenizer with tokens of a vocabulary (words, wordpiece, bpe, sentencepiece, huggingface), "
                    + "and text.truncate head.");
        }

        if (text.Tokenizer.Kind == TokenizerKind.None && (text.Truncate is Truncation.Ends || text.Pad == Padding.MaxLength))
        {
            yield return new("text.tokenizer.kind", "is none, so the graph takes strings, which cannot be padded or cut into windows.");
        }
    }

    private static IEnumerable<PackageFault> Tokenizer(TokenizerRules rules)
    {
        var kind = ManifestNames.Of(rules.Kind);
        TokenizerKind[] listed = [TokenizerKind.Words, TokenizerKind.WordPiece];
        TokenizerKind[] learned = [TokenizerKind.Bpe, TokenizerKind.SentencePiece, TokenizerKind.HuggingFace];
        // Their vocabularies name the special tokens.
        TokenizerKind[] named = [.. listed, .. learned];
        var members = new (string Name, bool Present, TokenizerKind[] Needed, TokenizerKind[] Allowed)[]
        {
            ("vocabulary", rules.Vocabulary is not null, [.. named, TokenizerKind.Tiktoken], []),
            ("merges", rules.Merges is not null, [TokenizerKind.Bpe], []),
            ("unknown", rules.Unknown is not null, listed, []),
            ("padding", rules.Padding is not null, listed, learned),
            ("start", rules.Start is not null, [], named),
            ("end", rules.End is not null, [], named),
            ("pattern", rules.Pattern is not null, [TokenizerKind.Tiktoken], []),
            ("digits", rules.Digits != DigitRule.AsIs, [], [TokenizerKind.Words]),
            ("split", rules.Split != SplitRule.Words, [], [TokenizerKind.Words]),
            ("strip", rules.Strip is not null, [], [TokenizerKind.Words]),
            ("fairseq", rules.Fairseq, [], [TokenizerKind.SentencePiece]),
            ("offset", rules.Offset != 0, [], [TokenizerKind.Bytes]),
            ("padding_id", rules.PaddingId != 0, [], [.. learned, TokenizerKind.Bytes, TokenizerKind.Tiktoken]),
        };
        foreach (var (name, present, needed, allowed) in members)
        {
            if (!present && needed.Contains(rules.Kind))
            {
                yield return new($"text.tokenizer.{name}", $"is missing; it is required for {kind}.");
            }
            else if (present && !needed.Contains(rules.Kind) && !allowed.Contains(rules.Kind))
            {
                yield return new($"text.tokenizer.{name}", $"is not allowed for {kind}.");
            }
        }

        if (rules.Split == SplitRule.Whitespace && rules.Digits != DigitRule.AsIs)
        {
            yield return new("text.tokenizer.digits", "is each, which is allowed only with split words.");
        }

        if (rules.Padding is not null && rules.PaddingId != 0)
        {
            yield return new("text.tokenizer.padding_id", "and padding are both given; give only one.");
        }
    }

    private static IEnumerable<PackageFault> Inputs(ModelManifest m, TextRules text)
    {
        var inputs = text.Inputs;
        if (text.Tokenizer.Kind == TokenizerKind.None ? inputs.Text is null || inputs.Ids is not null : inputs.Ids is null
            || inputs.Text is not null)
        {
            yield return new("text.inputs", "must name 'text' if the tokenizer is none, and 'ids' otherwise.");
        }

        var named = new (string Name, string? Tensor, TensorType[] Types)[]
        {
            ("ids", inputs.Ids, [TensorType.Int32, TensorType.Int64, TensorType.UInt8]),
            ("attention_mask", inputs.AttentionMask, [TensorType.Int32, TensorType.Int64]),
            ("token_types", inputs.TokenTypes, [TensorType.Int32, TensorType.Int64]),
            ("text", inputs.Text, [TensorType.String]),
        };
        foreach (var (name, tensor, types) in named.Where(n => n.Tensor is not null))
        {
            if (m.Inputs.FirstOrDefault(i => i.Name == tensor) is not { } description)
            {
                yield return new($"text.inputs.{name}", $"names '{tensor}', which is not described in inputs.");
            }
            else if (!types.Contains(description.Type))
            {
                yield return new(
                    $"text.inputs.{name}",
                    $"names '{tensor}', which is {ManifestNames.Of(description.Type)}; "
                        + $"allowed: {string.Join(", ", types.Select(ManifestNames.Of))}.");
            }
            else if (name == "ids" && description.Type == TensorType.UInt8 && (
                text.Tokenizer.Kind != TokenizerKind.Bytes || text.Tokenizer.Offset != 0 || text.Tokenizer.PaddingId is < 0 or > 255))
            {
                yield return new("text.inputs.ids", $"names '{tensor}', which is uint8; allowed only for byte tokens without an offset.");
            }
            else
            {
                foreach (var fault in Shape(text, name, description))
                {
                    yield return fault;
                }
            }
        }

        foreach (var extra in m.Inputs.Where(i => named.All(n => n.Tensor != i.Name)))
        {
            yield return new("text.inputs", $"does not assign the input tensor '{extra.Name}'.");
        }
    }

    private static IEnumerable<PackageFault> Shape(TextRules text, string name, TensorDescription tensor)
    {
        var shape = tensor.Shape;
        if (name == "text")
        {
            if (shape.Count is not (1 or 2) || (shape.Count == 2 && shape[1] is not (1 or -1)))
            {
                yield return new(
                    "text.inputs.text", $"names '{tensor.Name}' of shape [{string.Join(", ", shape)}]; allowed: [batch], [batch, 1].");
            }

            yield break;
        }

        if (shape.Count != 2)
        {
            yield return new(
                $"text.inputs.{name}", $"names '{tensor.Name}', which has {shape.Count} dimensions; expected [batch, length].");
        }
        else if (shape[1] != -1 && (text.Pad != Padding.MaxLength || shape[1] != text.MaxLength))
        {
            yield return new(
                "text.max_length",
                $"is {text.MaxLength} with pad {(text.Pad == Padding.Longest ? "longest" : "max_length")}, "
                    + $"but '{tensor.Name}' has a fixed length of {shape[1]}; set max_length to {shape[1]} and pad to max_length.");
        }
    }
}
