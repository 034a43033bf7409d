using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Google.Protobuf;

namespace PerCall.Inference.Text.Tokenizers;

/// <summary>
/// A model file of SentencePiece (https://github.com/google/sentencepiece, sentencepiece_model.proto), and the <c>tokenizer.json</c> that
/// gives the same tokens.
/// </summary>
internal sealed class SentencePieceModel
{
    private const string Space = "\u2581";

    // Puts a piece that is not text out of the reach of texts: noncharacters are not meant for interchange.
    private const string Hidden = "\uffff\uffff";

    // SentencePiece's constant for pieces that the user defined.
    private const double UserPenalty = 0.1;

    private readonly List<(string Text, float Score, Kind Kind)> _pieces = [];
    private int _modelType = 1;
    private bool _byteFallback;
    private ByteString _map = ByteString.Empty;
    private bool _addSpace = true;
    private bool _removeSpaces = true;
    private bool _escapeSpaces = true;
    private bool _spaceBehind;

    private SentencePieceModel()
    {
    }

    private enum Kind
    {
        Normal = 1,
        Unknown = 2,
        Control = 3,
        UserDefined = 4,
        Unused = 5,
        Byte = 6,
    }

    /// <exception cref="ModelCorruptException">The file is not a unigram or BPE model that can be converted.</exception>
    public static SentencePieceModel Read(string path)
    {
        var model = new SentencePieceModel();
        Fields(new CodedInputStream(File.ReadAllBytes(path)), (field, input) =>
        {
            switch (field)
            {
                case 1:
                    model.ReadPiece(input.ReadBytes());
                    return true;
                case 2:
                    model.ReadTrainer(input.ReadBytes());
                    return true;
                case 3:
                    model.ReadNormalizer(input.ReadBytes());
                    return true;
                default:
                    return false;
            }
        });
        model.Require(model._pieces.Count(p => p.Kind == Kind.Unknown) == 1, "it has no unknown piece");
        model.Require(model._modelType is 1 or 2, "its model is neither unigram nor BPE");
        model.Require(model._escapeSpaces && !model._spaceBehind, "it marks spaces in another way than before words");
        return model;
    }

    /// <summary>Returns the tokens with their ids.</summary>
    /// <param name="fairseq">Whether the ids are those of fairseq: four special tokens first, the pieces from 3 on, and a mask.</param>
    public Dictionary<string, int> Ids(bool fairseq)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (id, piece) in Pieces(fairseq).Index())
        {
            ids.TryAdd(piece.Text, id);
        }

        return ids;
    }

    /// <summary>Returns the same tokenizer in the format of Hugging Face.</summary>
    public byte[] ToTokenizerJson(bool fairseq)
    {
        var pieces = Pieces(fairseq);
        return Encoding.UTF8.GetBytes(new JsonObject
        {
            ["version"] = "1.0",
            ["normalizer"] = new JsonObject { ["type"] = "Sequence", ["normalizers"] = new JsonArray([.. Normalizers()]) },
            ["pre_tokenizer"] = _modelType == 1 ? null : UserDefined(),
            ["model"] = _modelType == 1 ? Unigram(pieces) : BytePairs(pieces),
        }.ToJsonString());
    }

    /// <summary>Reads the fields that a reader knows, and skips the others.</summary>
    private static void Fields(CodedInputStream input, Func<int, CodedInputStream, bool> read)
    {
        for (var tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            if (!read(WireFormat.GetTagFieldNumber(tag), input))
            {
                input.SkipLastField();
            }
        }
    }

    private static JsonObject Replace(string pattern, string content, bool regex = false) => new()
    {
        ["type"] = "Replace",
        ["pattern"] = new JsonObject { [regex ? "Regex" : "String"] = pattern },
        ["content"] = content,
    };

    /// <summary>Returns a piece's text in the vocabulary of the JSON. Control pieces and the like are never found in a text.</summary>
    private static string Shown((string Text, float Score, Kind Kind) piece) =>
        piece.Kind is Kind.Normal or Kind.UserDefined or Kind.Byte ? piece.Text : Hidden + piece.Text;

    private void ReadPiece(ByteString bytes)
    {
        var (text, score, kind) = ("", 0f, Kind.Normal);
        Fields(bytes.CreateCodedInput(), (field, input) =>
        {
            switch (field)
            {
                case 1:
                    text = input.ReadString();
                    return true;
                case 2:
                    score = input.ReadFloat();
                    return true;
                case 3:
                    kind = (Kind)input.ReadEnum();
                    return true;
                default:
                    return false;
            }
        });
        _pieces.Add((text, score, kind));
    }

    private void ReadTrainer(ByteString bytes) => Fields(bytes.CreateCodedInput(), (field, input) =>
    {
        switch (field)
        {
            case 3:
                _modelType = input.ReadEnum();
                return true;
            case 24:
                _spaceBehind = input.ReadBool();
                return true;
            case 35:
                _byteFallback = input.ReadBool();
                return true;
            default:
                return false;
        }
    });

    private void ReadNormalizer(ByteString bytes) => Fields(bytes.CreateCodedInput(), (field, input) =>
    {
        switch (field)
        {
            case 2:
                _map = input.ReadBytes();
                return true;
            case 3:
                _addSpace = input.ReadBool();
                return true;
            case 4:
                _removeSpaces = input.ReadBool();
                return true;
            case 5:
                _escapeSpaces = input.ReadBool();
                return true;
            default:
                return false;
        }
    });

    private void Require(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new ModelCorruptException(
                $"the SentencePiece model cannot be used: {otherwise} ({_pieces.Count} pieces were read)");
        }
    }

    private List<(string Text, float Score, Kind Kind)> Pieces(bool fairseq) => !fairseq
        ? _pieces
        :
        [
            ("<s>", 0, Kind.Control), ("<pad>", 0, Kind.Control), ("</s>", 0, Kind.Control), ("<unk>", 0, Kind.Unknown), .. _pieces.Skip(3),
            ("<mask>", 0, Kind.Control),
        ];

    /// <summary>Separates the pieces that the user defined, which byte pairs leave whole; the longest one first.</summary>
    private JsonObject? UserDefined()
    {
        var pieces = _pieces.Where(p => p.Kind == Kind.UserDefined).Select(p => p.Text).OrderByDescending(t => t.Length).ToList();
        return pieces.Count == 0 ? null : new JsonObject
        {
            ["type"] = "Split",
            ["pattern"] = new JsonObject { ["Regex"] = string.Join('|', pieces.Select(Regex.Escape)) },
            ["behavior"] = "Isolated",
            ["invert"] = false,
        };
    }

    private IEnumerable<JsonNode> Normalizers()
    {
        if (!_map.IsEmpty)
        {
            yield return new JsonObject { ["type"] = "Precompiled", ["precompiled_charsmap"] = _map.ToBase64() };
        }

        if (_removeSpaces)
        {
            yield return Replace(@"\A +| +\z", "", regex: true);
            yield return Replace(" {2,}", " ", regex: true);
        }

        if (_addSpace)
        {
            yield return new JsonObject { ["type"] = "Prepend", ["prepend"] = Space };
        }

        yield return Replace(" ", Space);
    }

    private JsonObject Unigram(List<(string Text, float Score, Kind Kind)> pieces)
    {
        var best = pieces.Where(p => p.Kind == Kind.Normal).Select(p => p.Score).DefaultIfEmpty().Max();
        return new()
        {
            ["type"] = "Unigram",
            ["unk_id"] = pieces.FindIndex(p => p.Kind == Kind.Unknown),
            ["byte_fallback"] = _byteFallback,
            ["vocab"] = new JsonArray(
            [
                .. pieces.Select(p => new JsonArray(
                    Shown(p),
                    p.Kind == Kind.UserDefined ? (p.Text.EnumerateRunes().Count() * best) - UserPenalty : (double)p.Score)),
            ]),
        };
    }

    /// <summary>
    /// SentencePiece merges the pair whose piece has the best score. So the merges are all ways to divide a piece into two pieces, by that
    /// score.
    /// </summary>
    private JsonObject BytePairs(List<(string Text, float Score, Kind Kind)> pieces)
    {
        var ids = new JsonObject();
        var ranks = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (i, piece) in pieces.Index())
        {
            ids.TryAdd(Shown(piece), i);
            if (piece.Kind == Kind.Normal)
            {
                ranks.TryAdd(piece.Text, i);
            }
        }

        var merges = ranks
            .SelectMany(r => Enumerable.Range(1, r.Key.Length - 1).Select(at => (r.Value, First: r.Key[..at], Second: r.Key[at..])))
            .Where(m => ranks.ContainsKey(m.First) && ranks.ContainsKey(m.Second))
            .OrderByDescending(m => pieces[m.Value].Score).ThenBy(m => ranks[m.First]).ThenBy(m => ranks[m.Second]);
        return new()
        {
            ["type"] = "BPE",
            ["unk_token"] = Shown(pieces.First(p => p.Kind == Kind.Unknown)),
            ["fuse_unk"] = true,
            ["byte_fallback"] = _byteFallback,
            // A piece that stands alone is itself, without merges: those that the user defined have none.
            ["ignore_merges"] = true,
            ["vocab"] = ids,
            ["merges"] = new JsonArray([.. merges.Select(m => new JsonArray(m.First, m.Second))]),
        };
    }
}
