using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.Packages;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Text.Tokenizers;

namespace PerCall.Inference.Text;

/// <summary>A manifest's text rules with their tokenizer, prepared once per model. It converts texts to the graph's ids.</summary>
internal sealed class TextPlan : InputPlan
{
    /// <summary>Words of generated inputs, for graphs that look at them.</summary>
    private static readonly string[] Words = ["the", "order", "of", "a", "week", "was", "good", "and", "they", "sent", "it", "to", "us"];

    private readonly ModelManifest _manifest;
    private readonly TextNormalizer _normalizer;
    private readonly TextTokenizer? _tokenizer;
    private readonly int[] _start;
    private readonly int[] _end;
    private readonly int[] _between;
    private readonly bool _offsets;
    private readonly int? _unknown;

    /// <exception cref="ModelCorruptException">The tokenizer's files do not match the manifest.</exception>
    public TextPlan(ModelManifest manifest, string folder)
    {
        _manifest = manifest;
        _offsets = manifest.Output?.Kind == OutputKind.Tokens;
        Rules = manifest.Text!;
        var tokenizer = Rules.Tokenizer;
        _tokenizer = TokenizerFiles.Load(tokenizer, folder);
        _normalizer = new(Rules.Normalize, _tokenizer is { IsDecomposed: true });
        (_start, _end) = (Special("tokenizer.start", tokenizer.Start), Special("tokenizer.end", tokenizer.End));
        _between = [.. (Rules.Pair?.Separator ?? []).SelectMany((s, i) => Special($"pair.separator[{i}]", s))];
        _unknown = tokenizer.Unknown is { } unknown ? Special("tokenizer.unknown", unknown)[0] : null;
        PaddingId = tokenizer.Padding is { } padding ? Special("tokenizer.padding", padding)[0] : tokenizer.PaddingId;
        var first = manifest.Inputs.First(i => i.Name == (Rules.Inputs.Ids ?? Rules.Inputs.Text));
        Batch = first.Shape[0] > 0 ? first.Shape[0] : null;
    }

    public TextRules Rules { get; }

    public int PaddingId { get; }

    public override bool Pads => Rules.Pad == Padding.Longest && _tokenizer is not null;

    public override string Longest =>
        $"a text of {Rules.MaxLength} {(Rules.Inputs.Text is null ? "tokens" : "characters")}, the longest that text.max_length allows";

    public override EncodedInput Encode(ModelInput input) => input switch
    {
        Passage { Pair: { } pair } passage when Rules.Pair is not null => Encode(passage.Text, pair),
        Passage { Pair: null } passage when Rules.Pair is null => Encode(passage.Text),
        Passage { Pair: null } => throw new InvalidInputException(
            "pair_expected", $"The model {_manifest} reads pairs of texts; the input is a single text.", "input"),
        Passage => throw new InvalidInputException(
            "single_text_expected", $"The model {_manifest} reads single texts; the input is a pair.", "input"),
        _ => throw new InvalidInputException("wrong_input", $"The model {_manifest} reads texts; expected a text.", "input"),
    };

    public override OrtValue[] Tensors(IReadOnlyList<EncodedInput> rows) =>
        TextTensors.Of(_manifest, this, [.. rows.Cast<EncodedText>()]);

    public override EncodedInput Sample(int? length, int seed)
    {
        var most = Math.Min(length ?? Rules.MaxLength, Rules.MaxLength);
        var text = string.Join(' ', Enumerable.Range(seed, most).Select(i => Words[i % Words.Length]));
        var encoded = Rules.Pair is null ? Encode(text) : Encode(Words[seed % Words.Length], text);
        return encoded.Length <= most || encoded.Filled is not null || Rules.Pair is not null
            ? encoded
            : encoded.Text is { } plain
                ? encoded with { Text = plain[..most] }
                : encoded with { Ids = encoded.Ids[..most] };
    }

    /// <summary>Converts a pair of texts. The longer one is cut first.</summary>
    public EncodedText Encode(string first, string second)
    {
        var room = Rules.MaxLength - _start.Length - _between.Length - _end.Length;
        var one = _tokenizer!.Encode(_normalizer.Apply(first), room + 1);
        var other = _tokenizer.Encode(_normalizer.Apply(second), room + 1);
        var most = Math.Max(room / 2, room - Math.Min(one.Count, other.Count));
        var (kept, rest) = (Math.Min(one.Count, most), Math.Min(other.Count, most));
        // Of an odd number of places, the first text gets one more.
        kept = Math.Min(kept + Math.Max(0, room - kept - rest), one.Count);
        int[] ids = [.. _start, .. one.Take(kept), .. _between, .. other.Take(rest), .. _end];
        return new(ids.Length > 0 ? ids : [_unknown ?? PaddingId], one.Count > kept || other.Count > rest)
        {
            Second = _start.Length + kept + _between.Length,
        };
    }

    public EncodedText Encode(string text)
    {
        if (_offsets)
        {
            return WithOffsets(text);
        }

        text = _normalizer.Apply(text);
        return _tokenizer is null ? Cut(text) : Encode(text, _tokenizer);
    }

    /// <summary>Converts a text, and keeps where each token is in it.</summary>
    private EncodedText WithOffsets(string text)
    {
        var trimmed = _normalizer.Trims ? text.Trim() : text;
        var skipped = _normalizer.Trims ? text.Length - text.TrimStart().Length : 0;
        var aligned = AlignedText.Of(
            TextNormalizer.ReplaceHalfPairs(trimmed), t => _tokenizer!.Clean(_normalizer.Change(t)), skipped);
        var tokens = _tokenizer!.Locate(aligned.Text);
        var kept = tokens.Take(Rules.MaxLength - _start.Length - _end.Length).ToList();
        int[] ids = [.. _start, .. kept.Select(t => t.Id), .. _end];
        return ids.Length == 0
            ? new([_unknown ?? PaddingId], false) { Offsets = [(0, 0)] }
            : new(ids, tokens.Count > kept.Count)
            {
                Offsets =
                [
                    .. _start.Select(_ => (0, 0)), .. kept.Select(t => aligned.Original(t.Start, t.Length)), .. _end.Select(_ => (0, 0)),
                ],
                Continuations = [.. _start.Select(_ => false), .. kept.Select(t => t.Continues), .. _end.Select(_ => false)],
            };
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
            $"The vocabulary does not contain the token '{token}' that text.{member} names.", file: Rules.Tokenizer.Vocabulary)];
}

/// <summary>The text part of a loaded model.</summary>
internal static class TextModels
{
    extension(Registry.LoadedModel model)
    {
        /// <summary>The conversion of texts to the model's tensors; null when the model does not take texts.</summary>
        public TextPlan? Text => model.Pipeline?.Input as TextPlan;
    }
}
