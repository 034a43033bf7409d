using System.Text.Json.Nodes;
using PerCall.Inference.Packages;
using PerCall.Inference.Text.Tokenizers;

namespace PerCall.Inference.Deriving;

/// <summary>Derives how texts become the tensors of a graph.</summary>
internal sealed class TextDeriver(Draft draft, GraphFacts graph)
{
    private const string TokenizerConfig = "tokenizer_config.json";
    private const string SpecialTokens = "special_tokens_map.json";

    /// <summary>Lengths above it are how Transformers writes that a tokenizer has no limit.</summary>
    private const double NoLimit = 1e6;
    private const int UsualLength = 512;

    /// <summary>Places that the models of these types need for the padding token and before it.</summary>
    private static readonly string[] Offset =
        ["roberta", "xlm-roberta", "camembert", "mpnet", "longformer", "data2vec-text", "xlm-roberta-xl", "xmod", "mvp", "esm"];

    private static readonly string[] Ids = ["input_ids", "ids", "input", "tokens", "input_word_ids", "input_ids:0"];
    private static readonly string[] Masks = ["attention_mask", "mask", "input_mask", "attention_mask:0"];
    private static readonly string[] Types = ["token_type_ids", "segment_ids", "input_type_ids", "token_type_ids:0"];

    /// <summary>Whether a graph reads texts: one tensor of strings, or tensors of token ids.</summary>
    public static bool Fits(GraphFacts graph, ModelFolder folder) =>
        IsStrings(graph) || IsIds(graph, folder) || ByteConfig(graph, folder) is not null;

    /// <summary>Writes the inputs and the section <c>text</c>.</summary>
    /// <param name="pair">Whether the model reads pairs of texts.</param>
    /// <returns>The shapes of the inputs for one text.</returns>
    public List<int[]> Derive(bool pair)
    {
        draft.Put(
            "inputs", new JsonArray([.. graph.Inputs.Select(i => (JsonNode)Manifests.Tensor(i.Name, i.Type!.Value, i.Shape ?? [-1, -1]))]));
        if (IsStrings(graph))
        {
            draft.Set("text.tokenizer.kind", "none", "the graph reads strings");
            draft.Set("text.inputs.text", graph.Inputs[0].Name, "the graph");
            draft.Assume("text.max_length", 100_000, "characters; the graph does not say it");
            return [[.. graph.Inputs[0].Shape?.Select(_ => 1) ?? [1]]];
        }

        foreach (var (member, names) in new[] { ("ids", Ids), ("attention_mask", Masks), ("token_types", Types) })
        {
            if ((graph.Inputs is [var only] ? member == "ids" ? only : null : Named(names)) is { } input)
            {
                draft.Set($"text.inputs.{member}", input.Name, "the graph");
            }
        }

        if (ByteConfig(graph, draft.Folder) is var (file, config))
        {
            Bytes(file, config);
        }
        else
        {
            Length(Tokenizer(pair));
        }

        var length = graph.Inputs.Select(i => i.Shape is [_, > 0 and var fixedLength] ? fixedLength : 0).Max();
        if (length > 0)
        {
            draft.Set("text.max_length", length, "the graph fixes it");
            draft.Set("text.pad", "max_length", "the graph fixes its length");
        }

        return [.. graph.Inputs.Select(_ => new[] { 1, length > 0 ? length : 8 })];
    }

    private static bool IsStrings(GraphFacts graph) =>
        graph.Inputs is [{ Type: TensorType.String } text] && (text.Shape is null or [_] or [_, 1 or -1]);

    /// <summary>Whether the inputs are token ids and what belongs to them, beside a tokenizer. A single input may have any name.</summary>
    private static bool IsIds(GraphFacts graph, ModelFolder folder) =>
        graph.Inputs.All(i => i.IsInteger && i.Rank is 2 or -1)
        && (graph.Inputs.Count == 1
            || (graph.Inputs.Any(i => Ids.Contains(i.Name)) && graph.Inputs.All(i => Ids.Concat(Masks).Concat(Types).Contains(i.Name))))
        && TokenizerFile(folder) is not null;

    private static string? TokenizerFile(ModelFolder folder) =>
        folder.Find("tokenizer.json", "vocab.txt", "merges.txt", "spiece.model", "sentencepiece.bpe.model", "tokenizer.model");

    /// <summary>
    /// Returns the configuration of a graph that reads bytes, in the form of Magika's (https://github.com/google/magika); null for another
    /// graph.
    /// </summary>
    private static (string File, JsonObject Config)? ByteConfig(GraphFacts graph, ModelFolder folder)
    {
        var files = graph.Inputs is [{ IsInteger: true, Rank: 2 }] ? folder.Files : [];
        foreach (var file in files.Where(f => f.EndsWith(".json", StringComparison.Ordinal)))
        {
            if (folder.Read(file) is JsonObject config && config["beg_size"] is not null && config["padding_token"] is not null)
            {
                return (file, config);
            }
        }

        return null;
    }

    private GraphTensor? Named(string[] names) => names.Select(graph.Input).FirstOrDefault(i => i is not null);

    private void Bytes(string file, JsonObject config)
    {
        var (first, last) = ((int)config["beg_size"]!, (int?)config["end_size"] ?? 0);
        draft.Set("text.tokenizer.kind", "bytes", $"{file}: beg_size");
        draft.Set("text.tokenizer.padding_id", (int)config["padding_token"]!, $"{file}: padding_token");
        draft.Set("text.max_length", first + last, $"{file}: beg_size, end_size");
        draft.Set("text.pad", "max_length", $"{file}: padding_token");
        draft.Set("text.truncate", last == 0 ? "head" : "ends", $"{file}: beg_size, end_size");
        draft.Assume("text.normalize.trim", true, "Magika strips white space at both ends");
    }

    /// <summary>Derives the tokenizer.</summary>
    /// <returns>The length that its file cuts texts to; null if it does not.</returns>
    private int? Tokenizer(bool pair)
    {
        if (draft.Folder.Find("tokenizer.json") is { } file)
        {
            return Published(file, pair);
        }

        var (member, kind, vocabulary) =
            draft.Folder.Find("vocab.txt") is { } words ? ("vocab.txt", "wordpiece", words)
            : draft.Folder.Find("merges.txt") is not null && draft.Folder.Find("vocab.json") is { } pairs ? ("vocab.json", "bpe", pairs)
            : ("the SentencePiece model", "sentencepiece", TokenizerFile(draft.Folder)!);
        draft.Set("text.tokenizer.kind", kind, member);
        draft.Set("text.tokenizer.vocabulary", vocabulary, member);
        if (kind == "bpe")
        {
            draft.Set("text.tokenizer.merges", draft.Folder.Find("merges.txt")!, "merges.txt");
        }

        if (kind == "wordpiece")
        {
            var config = draft.Folder.Json(TokenizerConfig);
            var lower = (bool?)config?["do_lower_case"] ?? true;
            draft.Set("text.normalize.lowercase", lower, $"{TokenizerConfig}: do_lower_case");
            draft.Set(
                "text.normalize.strip_accents", (bool?)config?["strip_accents"] ?? lower,
                $"{TokenizerConfig}: strip_accents, do_lower_case");
        }

        var isBert = kind == "wordpiece";
        if (kind == "sentencepiece" && (string?)draft.Folder.Config?["model_type"] is "xlm-roberta")
        {
            draft.Set("text.tokenizer.fairseq", true, "config.json: model_type");
        }

        // T5 and similar models name no separator, and end a text with the token that ends a sentence.
        string[] ends = kind == "sentencepiece" ? ["sep_token", "eos_token"] : ["sep_token"];
        Special("start", isBert ? "[CLS]" : null, "cls_token");
        Special("end", isBert ? "[SEP]" : null, ends);
        Special("padding", isBert ? "[PAD]" : null, "pad_token");
        if (isBert)
        {
            Special("unknown", "[UNK]", "unk_token");
        }

        if (pair && (string?)draft.Manifest["text"]!["tokenizer"]!["end"] is { } separator)
        {
            // Byte pairs: as RoBERTa, which puts two of them between the texts.
            draft.Set(
                "text.pair.separator", Manifests.Texts(kind == "bpe" ? [separator, separator] : [separator]), "usual for the tokenizer");
        }

        return null;
    }

    /// <summary>Everything is in <c>tokenizer.json</c>: the steps of the text, the vocabulary and the special tokens.</summary>
    private int? Published(string file, bool pair)
    {
        var tokenizer = ReadTokenizer(file);
        draft.Set("text.tokenizer.kind", "huggingface", file);
        draft.Set("text.tokenizer.vocabulary", file, file);
        var source = $"{file}: post_processor";
        foreach (var (member, tokens) in new[] { ("start", tokenizer.Template.Start), ("end", tokenizer.Template.End) })
        {
            switch (tokens)
            {
                case []:
                    break;

                case [var token]:
                    draft.Set($"text.tokenizer.{member}", token, source);
                    break;

                default:
                    throw new PackageRefusedException(
                        [new(file, $"puts {string.Join(' ', tokens)} at the {member} of a text; PerCall puts at most one token there.")]);
            }
        }

        Padding(tokenizer, file);
        if (pair)
        {
            draft.Set("text.pair.separator", Manifests.Texts(tokenizer.Template.Separator), source);
        }

        return tokenizer.MaxLength;
    }

    private TokenizerJson ReadTokenizer(string file)
    {
        try
        {
            return TokenizerJson.Read(draft.Folder.Full(file));
        }
        catch (ModelCorruptException e)
        {
            throw new PackageRefusedException([new(file, e.Message)]);
        }
    }

    private void Padding(TokenizerJson tokenizer, string file)
    {
        if (tokenizer.Padding is var (token, _))
        {
            draft.Set("text.tokenizer.padding", token, $"{file}: padding");
            return;
        }

        if (Find("pad_token") is var (named, source) && tokenizer.IdOf(named) is not null)
        {
            draft.Set("text.tokenizer.padding", named, source);
        }
        else
        {
            draft.Assume("text.tokenizer.padding_id", (int?)draft.Folder.Config?["pad_token_id"] ?? 0, "no file names a padding token");
        }
    }

    /// <summary>Sets a special token that a file names, or the usual one.</summary>
    private void Special(string member, string? otherwise, params string[] names)
    {
        if (Find(names) is var (token, source))
        {
            draft.Set($"text.tokenizer.{member}", token, source);
        }
        else if (otherwise is not null)
        {
            draft.Assume($"text.tokenizer.{member}", otherwise, "usual for BERT");
        }
    }

    /// <summary>Returns a special token and where it is; null if no file names it.</summary>
    private (string Token, string Source)? Find(params string[] names)
    {
        foreach (var file in new[] { SpecialTokens, TokenizerConfig })
        {
            foreach (var name in names)
            {
                var token = draft.Folder.Json(file)?[name];
                token = (token as JsonObject)?["content"] ?? token;
                if (token is JsonValue value && value.TryGetValue<string>(out var text))
                {
                    return (text, $"{file}: {name}");
                }
            }
        }

        return null;
    }

    /// <summary>Takes the smallest of the limits that the files name.</summary>
    private void Length(int? tokenizer)
    {
        var config = draft.Folder.Config;
        var places = (double?)config?["max_position_embeddings"] ?? (double?)config?["n_positions"];
        var reserved = Offset.Contains((string?)config?["model_type"] ?? "") ? (int?)config?["pad_token_id"] + 1 ?? 2 : 0;
        var limits = new (double? Length, string Source)[]
        {
            (tokenizer, "tokenizer.json: truncation"),
            ((double?)draft.Folder.Json("sentence_bert_config.json")?["max_seq_length"], "sentence_bert_config.json: max_seq_length"),
            ((double?)draft.Folder.Json(TokenizerConfig)?["model_max_length"], $"{TokenizerConfig}: model_max_length"),
            (places - reserved, "config.json: max_position_embeddings"),
        };
        var (length, source) = limits.Where(l => l.Length is > 0 and < NoLimit).OrderBy(l => l.Length).FirstOrDefault();
        if (length is { } most)
        {
            draft.Set("text.max_length", (int)most, source);
        }
        else
        {
            draft.Assume("text.max_length", UsualLength, "no file says it");
        }
    }
}
