using System.Text;
using System.Text.Json;

namespace PerCall.Inference.Text.Tokenizers;

/// <summary>
/// Hugging Face's <c>tokenizer.json</c>: its vocabulary, and what it says about special tokens. The native library that applies it ends the
/// process on some faults, so <see cref="TokenizerJsonFaults"/> finds these first.
/// </summary>
internal sealed class TokenizerJson
{
    private static readonly string[] Models = ["BPE", "WordPiece", "WordLevel", "Unigram"];

    private readonly JsonElement _root;
    private readonly JsonElement _model;
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);

    private TokenizerJson(JsonElement root)
    {
        _root = root;
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("model", out _model) || _model.ValueKind != JsonValueKind.Object)
        {
            throw new ModelCorruptException("it has no member 'model'");
        }

        ModelType = Text(_model, "type") ?? InferType();
        if (!Models.Contains(ModelType))
        {
            throw new ModelCorruptException($"its model is '{ModelType}'; allowed: {string.Join(", ", Models)}");
        }

        ReadVocabulary();
        AddedTokens = [.. Items(root, "added_tokens").Select(t => t.GetProperty("content").GetString()!)];
        foreach (var token in Items(root, "added_tokens"))
        {
            _ids[token.GetProperty("content").GetString()!] = token.GetProperty("id").GetInt32();
        }

        TokenizerJsonFaults.Check(root, _model);
        IsByteLevel = HasType(root, "pre_tokenizer", "ByteLevel") || HasType(root, "normalizer", "ByteLevel");
        Template = TokenTemplate.From(Member(root, "post_processor"));
    }

    /// <summary>BPE, WordPiece, WordLevel or Unigram.</summary>
    public string ModelType { get; }

    /// <summary>Tokens that are found in a text before everything else, special ones included.</summary>
    public IReadOnlyList<string> AddedTokens { get; }

    /// <summary>All tokens with their ids.</summary>
    public IReadOnlyDictionary<string, int> Ids => _ids;

    /// <summary>Whether the tokens' letters stand for bytes, as in GPT-2.</summary>
    public bool IsByteLevel { get; }

    /// <summary>The token for text that is not in the vocabulary; null if the file names no such token.</summary>
    public int? UnknownId => Text(_model, "unk_token") is { } unknown ? IdOf(unknown)
        : Member(_model, "unk_id") is { ValueKind: JsonValueKind.Number } id ? id.GetInt32() : null;

    /// <summary>What precedes the tokens that continue a word, for example <c>##</c>; empty for nothing.</summary>
    public string ContinuingPrefix => Text(_model, "continuing_subword_prefix") ?? "";

    /// <summary>What follows the tokens that end a word, for example <c>&lt;/w&gt;</c>; empty for nothing.</summary>
    public string EndSuffix => Text(_model, "end_of_word_suffix") ?? "";

    /// <summary>Whether unknown characters become byte tokens, for example <c>&lt;0x0A&gt;</c>.</summary>
    public bool HasByteFallback => Member(_model, "byte_fallback").ValueKind == JsonValueKind.True;

    /// <summary>
    /// The padding token and its id: that of <c>padding</c>, or else an added token <c>[PAD]</c> or <c>&lt;pad&gt;</c>; null when there is
    /// none.
    /// </summary>
    public (string Token, int Id)? Padding
    {
        get
        {
            if (Member(_root, "padding") is { ValueKind: JsonValueKind.Object } padding
                && Text(padding, "pad_token") is { } token && padding.TryGetProperty("pad_id", out var id))
            {
                return (token, id.GetInt32());
            }

            return AddedTokens.FirstOrDefault(t => t is "[PAD]" or "<pad>") is { } added ? (added, _ids[added]) : null;
        }
    }

    /// <summary>The number of tokens that texts are cut to, special tokens included; null when it is not declared.</summary>
    public int? MaxLength => Member(Member(_root, "truncation"), "max_length") is { ValueKind: JsonValueKind.Number } length
        ? length.GetInt32() : null;

    /// <summary>The special tokens around a text or a pair of texts.</summary>
    public TokenTemplate Template { get; }

    /// <exception cref="ModelCorruptException">The file is not a tokenizer that the library can apply.</exception>
    public static TokenizerJson Read(string path) => Parse(File.ReadAllBytes(path), Path.GetFileName(path));

    /// <summary>Reads the content of a <c>tokenizer.json</c>.</summary>
    /// <param name="json">The content.</param>
    /// <param name="file">The file's name, for messages.</param>
    /// <exception cref="ModelCorruptException">It is not a tokenizer that the library can apply.</exception>
    public static TokenizerJson Parse(ReadOnlyMemory<byte> json, string file)
    {
        try
        {
            json = json.Span.StartsWith(Encoding.UTF8.Preamble) ? json[Encoding.UTF8.Preamble.Length..] : json;
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return new(document.RootElement.Clone());
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException
            or IndexOutOfRangeException or ArgumentException)
        {
            throw new ModelCorruptException($"{file} cannot be read as a tokenizer.json: {e.Message}", e, file);
        }
        catch (ModelCorruptException e)
        {
            throw new ModelCorruptException($"{file} cannot be read as a tokenizer.json: {e.Message}.", e, file);
        }
    }

    public int? IdOf(string token) => _ids.TryGetValue(token, out var id) ? id : null;

    /// <summary>
    /// Writes a copy for the library that only tokenizes: without special tokens around a text, truncation and padding, which the manifest
    /// declares, and without the way back from tokens to text.
    /// </summary>
    public void WriteTo(Stream stream)
    {
        using var writer = new Utf8JsonWriter(stream);
        writer.WriteStartObject();
        foreach (var member in _root.EnumerateObject())
        {
            if (member.Name is "post_processor" or "truncation" or "padding" or "decoder")
            {
                writer.WriteNull(member.Name);
            }
            else
            {
                member.WriteTo(writer);
            }
        }

        writer.WriteEndObject();
    }

    /// <summary>Returns a member; undefined when it is missing or null.</summary>
    internal static JsonElement Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) && member.ValueKind != JsonValueKind.Null
            ? member
            : default;

    internal static string? Text(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    internal static IEnumerable<JsonElement> Items(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.Array } items ? items.EnumerateArray() : [];

    private static bool HasType(JsonElement root, string name, string type) => Contains(Member(root, name), type);

    private static bool Contains(JsonElement element, string type) => element.ValueKind switch
    {
        JsonValueKind.Object => Text(element, "type") == type || element.EnumerateObject().Any(m => Contains(m.Value, type)),
        JsonValueKind.Array => element.EnumerateArray().Any(e => Contains(e, type)),
        _ => false,
    };

    /// <summary>Files of older versions do not name the type.</summary>
    private string InferType() => _model.TryGetProperty("merges", out _) ? "BPE"
        : Member(_model, "vocab").ValueKind == JsonValueKind.Array ? "Unigram"
        : _model.TryGetProperty("max_input_chars_per_word", out _) ? "WordPiece" : "WordLevel";

    private void ReadVocabulary()
    {
        var vocabulary = Member(_model, "vocab");
        if (ModelType == "Unigram" && vocabulary.ValueKind == JsonValueKind.Array)
        {
            var id = 0;
            foreach (var piece in vocabulary.EnumerateArray())
            {
                _ids.TryAdd(piece[0].GetString()!, id++);
            }
        }
        else if (ModelType != "Unigram" && vocabulary.ValueKind == JsonValueKind.Object)
        {
            foreach (var token in vocabulary.EnumerateObject())
            {
                _ids[token.Name] = token.Value.TryGetInt32(out var id) && id >= 0
                    ? id : throw new ModelCorruptException($"its token '{token.Name}' has the id {token.Value}");
            }
        }

        if (_ids.Count == 0)
        {
            throw new ModelCorruptException($"its model has no vocabulary of {ModelType}");
        }
    }
}
