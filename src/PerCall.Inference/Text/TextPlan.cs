using PerCall.Inference.Packages;
using PerCall.Inference.Text.Tokenizers;

namespace PerCall.Inference.Text;

/// <summary>A manifest's text rules with their tokenizer, prepared once per model. It converts texts to the graph's ids.</summary>
internal sealed class TextPlan
{
    private readonly TextNormalizer _normalizer;
    private readonly TextTokenizer? _tokenizer;
    private readonly int[] _start;
    private readonly int[] _end;
    private readonly int? _unknown;

    /// <exception cref="ModelCorruptException">The tokenizer's files do not match the manifest.</exception>
    public TextPlan(ModelManifest manifest, string folder)
    {
        Rules = manifest.Text!;
        _normalizer = new(Rules.Normalize);
        var tokenizer = Rules.Tokenizer;
        _tokenizer = TokenizerFiles.Load(tokenizer, folder);
        (_start, _end) = (Special("start", tokenizer.Start), Special("end", tokenizer.End));
        _unknown = tokenizer.Unknown is { } unknown ? Special("unknown", unknown)[0] : null;
        PaddingId = tokenizer.Padding is { } padding ? Special("padding", padding)[0] : tokenizer.PaddingId;
        var first = manifest.Inputs.First(i => i.Name == (Rules.Inputs.Ids ?? Rules.Inputs.Text));
        Batch = first.Shape[0] > 0 ? first.Shape[0] : null;
    }

    public TextRules Rules { get; }

    public int PaddingId { get; }

    /// <summary>The graph's fixed number of texts per run; null when it is free.</summary>
    public int? Batch { get; }

    public EncodedText Encode(string text)
    {
        text = _normalizer.Apply(text);
        return _tokenizer is null ? Cut(text) : Encode(text, _tokenizer);
    }

    private EncodedText Cut(string text)
    {
        var truncated = text.Length > Rules.MaxLength;
        return new([], truncated) { Text = truncated ? Characters.Cut(text, Rules.MaxLength, Rules.Truncate) : text };
    }

    private EncodedText Encode(string text, TextTokenizer tokenizer)
    {
        var room = Rules.MaxLength - _start.Length - _end.Length;
        // One token more than fits shows whether the text is longer.
        var tokens = tokenizer.Encode(text, Rules.Truncate == Truncation.Head ? room + 1 : int.MaxValue);
        if (Rules.Truncate == Truncation.Ends)
        {
            return Windows(tokens, room / 2);
        }

        int[] ids = [.. _start, .. Keep(tokens, room), .. _end];
        // A recurrent network cannot run over a row without tokens.
        return new(ids.Length > 0 ? ids : [_unknown ?? PaddingId], tokens.Count > room);
    }

    private EncodedText Windows(IReadOnlyList<int> tokens, int half)
    {
        var count = Math.Min(tokens.Count, half);
        var ids = new int[2 * half];
        var filled = new bool[2 * half];
        Array.Fill(ids, PaddingId);
        for (var i = 0; i < count; i++)
        {
            ids[i] = tokens[i];
            ids[^(i + 1)] = tokens[^(i + 1)];
            filled[i] = filled[^(i + 1)] = true;
        }

        return new(ids, tokens.Count > 2 * half) { Filled = filled };
    }

    private IEnumerable<int> Keep(IReadOnlyList<int> tokens, int room) => tokens.Count <= room
        ? tokens
        : Rules.Truncate switch
        {
            Truncation.Tail => tokens.Skip(tokens.Count - room),
            Truncation.HeadTail => tokens.Take(room - (room / 2)).Concat(tokens.Skip(tokens.Count - (room / 2))),
            _ => tokens.Take(room),
        };

    private int[] Special(string member, string? token) => token is null
        ? []
        : [_tokenizer?.IdOf(token) ?? throw new ModelCorruptException(
            $"The vocabulary does not contain the token '{token}' that text.tokenizer.{member} names.", file: Rules.Tokenizer.Vocabulary)];
}
