using System.Text.Json.Nodes;
using PerCall.Inference.Text;
using PerCall.Inference.Text.Tokenizers;
using PerCall.Testing;
using Xunit;

namespace PerCall.Inference.Tests.Text;

/// <summary>Tokenizers of Hugging Face's format against two other implementations, and what the service reads from the files.</summary>
public sealed class HuggingFaceTests : IDisposable
{
    private const string Greek = "Η παραγγελία μου δεν έφτασε ποτέ. ΌΧΙ ΑΚΌΜΑ, ΟΔΥΣΣΕΎΣ";
    private const string RarePlanes = "𝒜𝓑𝒞 𐍈 𠜎𠜱 math and rare planes";
    private const string Controls = "control\u0001 characters\u0000 and \ufffd and \ufeff inside";
    private const string Mark = "U+FEFF is white space in JavaScript, not in Unicode.";
    private const string Sigma = "JavaScript lower-cases a final sigma by its place in the word, the reference each letter by itself.";
    private const string Ideographs = "JavaScript does not separate ideographs beyond U+FFFF; BERT's list has them from U+20000.";

    // Where the implementation in JavaScript differs from the reference in Rust, and why the latter is right.
    private static readonly Dictionary<(string Tokenizer, string Text), string> Differences = new()
    {
        [("albert", Greek)] = Sigma,
        [("bert-uncased", Greek)] = Sigma,
        [("clip", Greek)] = Sigma,
        [("bert-uncased", RarePlanes)] = Ideographs,
        [("bert-cased", RarePlanes)] = Ideographs,
        [("albert", "def f(x):\n    return x**2  # square\n\n\nprint(f(3))")] = "Two ways to divide have the same score.",
        [("xlm-r", Controls)] = Mark,
        [("wordlevel", Controls)] = Mark,
    };

    // sentencepiece does not find special tokens in a text; the reference does.
    private static readonly string[] WithSpecialTokens =
    [
        "[CLS] not special? <s> </s> <unk> <|endoftext|> [MASK] <mask> [UNK]", "a <mask> b [MASK] c<pad>d",
    ];

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names => [.. Json("reference.json").AsObject().Select(t => t.Key)];

    private static string[] Texts => [.. Json("texts.json").AsArray().Select(t => (string)t!)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Encode_Texts_GivesTheIdsOfAnotherImplementation(string name)
    {
        var plan = Plan(name);
        var expected = Json("reference.json")[name]!.AsArray();
        foreach (var (text, row) in Texts.Zip(expected))
        {
            var ids = string.Join(' ', plan.Encode(text).Ids);
            var other = row!.AsArray().Count == 0 ? "0" : string.Join(' ', row.AsArray());
            if (Differences.TryGetValue((name, text), out var reason))
            {
                Assert.True(ids != other, $"{name} no longer differs on '{text}': {reason}");
            }
            else
            {
                Assert.True(ids == other, $"'{text}': expected {other}, is {ids}");
            }
        }
    }

    [Theory]
    [InlineData("t5")]
    [InlineData("llama")]
    public void Encode_Texts_GivesTheIdsOfSentencePiece(string name)
    {
        var plan = Plan(name);
        var expected = Json("sentencepiece.ids.json")[name]!.AsArray();
        foreach (var (text, row) in Texts.Zip(expected).Where(t => !WithSpecialTokens.Contains(t.First)))
        {
            Assert.Equal(row!.AsArray().Select(i => (int)i!).DefaultIfEmpty(0), plan.Encode(text).Ids);
        }
    }

    [Fact]
    public void Encode_FromSeveralThreads_GivesTheSameIds()
    {
        var tokenizers = new[] { Tokenizer("gpt2"), Tokenizer("bert-uncased"), Tokenizer("t5") };
        var expected = tokenizers.Select(t => Texts.Select(text => t.Encode(text, int.MaxValue)).ToArray()).ToArray();

        Parallel.For(0, 24, i => Assert.Equal(
            expected[i % 3], Texts.Select(text => tokenizers[i % 3].Encode(text, int.MaxValue))));
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("bert-cased")]
    [InlineData("xlm-r")]
    [InlineData("llama")]
    public void Encode_LongTextWithALimit_StartsLikeTheWholeText(string name)
    {
        var tokenizer = Tokenizer(name);
        var text = string.Join(' ', Enumerable.Repeat(string.Join(' ', Texts), 20));
        var all = tokenizer.Encode(text, int.MaxValue);
        var some = tokenizer.Encode(text, 500);

        Assert.InRange(some.Count, 500, all.Count / 2);
        Assert.Equal(all.Take(500), some.Take(500));
    }

    [Fact]
    public void Encode_UnbrokenRun_IsCutByTheLimitToo()
    {
        var tokenizer = Tokenizer("gpt2");

        Assert.InRange(tokenizer.Encode(new string('a', 100_000), 100).Count, 100, 5_000);
    }

    [Theory]
    [InlineData("bert-uncased", "Zażółć MAÑANA, the İstanbul!")]
    [InlineData("bert-cased", "The parcel, the box: late!")]
    [InlineData("gpt2", "The parcel arrived  two days late\nand crêpes")]
    [InlineData("roberta", " The parcel arrived")]
    [InlineData("clip", "The PARCEL isn't late")]
    [InlineData("t5", "The parcel arrived ﬁne, crêpes")]
    [InlineData("xlm-r", "The parcel  arrived two days late")]
    [InlineData("albert", "The Parcel arrived, MAÑANA")]
    [InlineData("llama", "The parcel  arrived: crêpes 👍")]
    public void Locate_Text_CoversEachLetterInOrder(string name, string text)
    {
        var tokenizer = Tokenizer(name);
        var located = tokenizer.Locate(text);
        var covered = located.SelectMany(t => Enumerable.Range(t.Start, t.Length)).ToHashSet();

        Assert.Equal(tokenizer.Encode(text, int.MaxValue), located.Select(t => t.Id));
        Assert.All(Enumerable.Range(0, text.Length), at => Assert.Equal(!char.IsWhiteSpace(text[at]), covered.Contains(at)));
        // Places overlap only where tokens share a character.
        Assert.All(located.Zip(located.Skip(1)), pair => Assert.True(
            pair.Second.Length == 0 || pair.Second.Start >= pair.First.Start + Math.Max(0, pair.First.Length - 2)));
    }

    [Fact]
    public void Locate_EveryText_NamesPlacesWithinItInOrder()
    {
        foreach (var name in Names.Select(n => n.Data).Append("t5"))
        {
            var tokenizer = Tokenizer(name);
            foreach (var text in Texts)
            {
                var located = tokenizer.Locate(text);
                Assert.Equal(tokenizer.Encode(text, int.MaxValue), located.Select(t => t.Id));
                Assert.All(located, t => Assert.InRange(t.Start + t.Length, t.Start, text.Length));
                Assert.Equal(located.Select(t => t.Start).Order(), located.Select(t => t.Start));
            }
        }
    }

    [Fact]
    public void Locate_WordsAndPieces_TellsWhichContinueAWord()
    {
        const string text = "MAÑANA late, 한국 parcel";
        var located = Tokenizer("bert-uncased").Locate(text);
        var words = located.Aggregate(new List<string>(), (all, t) =>
        {
            if (t.Continues)
            {
                all[^1] += text.Substring(t.Start, t.Length);
            }
            else
            {
                all.Add(text.Substring(t.Start, t.Length));
            }

            return all;
        });

        Assert.Equal(["MAÑANA", "late", ",", "한", "국", "parcel"], words.Where(w => w.Length > 0).SelectMany(
            w => w == "한국" ? ["한", "국"] : new[] { w }));
    }

    [Theory]
    [InlineData("bert-uncased", "WordPiece", "[CLS]", "[SEP]", "[SEP]", true, "[PAD]", 0)]
    [InlineData("bert-cased", "WordPiece", "[CLS]", "[SEP]", "[SEP]", true, "[PAD]", 0)]
    [InlineData("roberta", "BPE", "<s>", "</s> </s>", "</s>", false, "<pad>", 1)]
    [InlineData("gpt2", "BPE", "", "", "", false, null, 0)]
    [InlineData("t5", "Unigram", "", "</s>", "</s>", false, "<pad>", 0)]
    [InlineData("xlm-r", "Unigram", "<s>", "</s> </s>", "</s>", false, "<pad>", 1)]
    [InlineData("llama", "BPE", "<s>", "<s>", "", true, null, 0)]
    [InlineData("wordlevel", "WordLevel", "", "", "", false, "<pad>", 0)]
    public void Read_File_NamesItsSpecialTokens(
        string name, string model, string start, string separator, string end, bool secondType, string? padding, int paddingId)
    {
        var json = TokenizerJson.Read(File(name));

        Assert.Equal(model, json.ModelType);
        Assert.Equal(
            (start, separator, end, secondType),
            (string.Join(' ', json.Template.Start), string.Join(' ', json.Template.Separator), string.Join(' ', json.Template.End),
                json.Template.SecondType));
        Assert.Equal(padding is null ? null : (padding, paddingId), json.Padding);
    }

    [Fact]
    public void Read_SequenceWithTruncationAndPadding_ReadsAll()
    {
        var json = Json("roberta.json");
        json["post_processor"] = new JsonObject
        {
            ["type"] = "Sequence",
            ["processors"] = new JsonArray(new JsonObject { ["type"] = "ByteLevel" }, json["post_processor"]!.DeepClone()),
        };
        json["truncation"] = new JsonObject { ["max_length"] = 77 };
        json["padding"] = new JsonObject { ["pad_token"] = "<unk>", ["pad_id"] = 3 };
        var read = TokenizerJson.Parse(System.Text.Encoding.UTF8.GetBytes(json.ToJsonString()), "tokenizer.json");

        Assert.Equal(["<s>"], read.Template.Start);
        Assert.Equal(77, read.MaxLength);
        Assert.Equal(("<unk>", 3), read.Padding);
    }

    [Theory]
    [InlineData("gpt2", "post_processor", "{\"type\": \"TemplateProcessing\", \"single\": [], \"pair\": [], \"special_tokens\": {}}")]
    [InlineData("gpt2", "truncation", "{\"direction\": \"Right\", \"max_length\": 2, \"strategy\": \"LongestFirst\", \"stride\": 0}")]
    [InlineData(
        "gpt2", "padding",
        """
        {
          "strategy": { "Fixed": 9 }, "direction": "Right", "pad_to_multiple_of": null, "pad_id": 0, "pad_type_id": 0, "pad_token": "!"
        }
        """)]
    public void Encode_FileThatAlsoCutsAndPads_LeavesThatToTheManifest(string name, string member, string value)
    {
        var json = Json($"{name}.json");
        json[member] = JsonNode.Parse(value);

        Assert.Equal(
            Tokenizer(name).Encode("The parcel arrived", int.MaxValue), Tokenizer(json).Encode("The parcel arrived", int.MaxValue));
    }

    [Theory]
    [InlineData("gpt2", "model", "null", "has no member 'model'")]
    [InlineData("gpt2", "model.type", "\"Magic\"", "its model is 'Magic'; allowed: BPE, WordPiece, WordLevel, Unigram")]
    [InlineData("gpt2", "model.vocab", "{}", "has no vocabulary of BPE")]
    [InlineData("gpt2", "model.vocab", "{\"a\": -1}", "its token 'a' has the id -1")]
    [InlineData("gpt2", "model.vocab", "{\"a\": \"b\"}", "String")]
    [InlineData("gpt2", "model.merges", "[\"zz qq\"]", "out of vocabulary")]
    [InlineData("gpt2", "model.merges", "[\"one\"]", "invalid")]
    [InlineData("gpt2", "model.merges", "[[\"a\"]]", "Failed to load")]
    [InlineData("gpt2", "model.continuing_subword_prefix", "\"##\"", "without the prefix '##'")]
    [InlineData("gpt2", "pre_tokenizer", "{\"type\": \"Magic\"}", "PreTokenizer")]
    [InlineData("gpt2", "pre_tokenizer.type", "7", "PreTokenizer")]
    [InlineData("gpt2", "post_processor", "{\"type\": \"Magic\"}", "its post_processor is 'Magic'")]
    [InlineData("gpt2", "added_tokens", "5", "invalid type")]
    [InlineData("albert", "normalizer.normalizers.0.pattern.String", "\"\"", "an empty pattern")]
    [InlineData("t5", "model.unk_id", "null", "unk_id")]
    [InlineData("t5", "model.unk_id", "99999", "UnkIdNotInVocabulary")]
    [InlineData("t5", "model.vocab", "[]", "has no vocabulary of Unigram")]
    [InlineData("t5", "normalizer.normalizers.0.precompiled_charsmap", "\"Z2FyYmFnZSEh\"", "its precompiled_charsmap is damaged")]
    [InlineData("t5", "normalizer.normalizers.0.precompiled_charsmap", "\"!\"", "its precompiled_charsmap is damaged")]
    [InlineData("t5", "normalizer.normalizers.0.precompiled_charsmap", "\"CAAAAAAEAAAABAAA\"", "its precompiled_charsmap is damaged")]
    [InlineData("bert-cased", "model.vocab", "{\"a\": 0}", "Missing [UNK] token")]
    public void Load_DamagedFile_IsRefusedAndSaysWhy(string name, string member, string value, string why)
    {
        var json = Json($"{name}.json");
        var (holder, path) = (json, member.Split('.'));
        foreach (var part in path[..^1])
        {
            holder = int.TryParse(part, out var index) ? holder![index]! : holder![part]!;
        }

        holder[path[^1]] = JsonNode.Parse(value);
        var fault = Assert.Throws<ModelCorruptException>(() => Tokenizer(json));

        Assert.StartsWith("vocabulary cannot be read as a tokenizer.json: ", fault.Message, StringComparison.Ordinal);
        Assert.Contains(why, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"voc")]
    [InlineData("{\"model\": {}, \"model\": {}}")]
    public void Load_FileThatIsNotATokenizer_IsRefused(string content)
    {
        var fault = Assert.Throws<ModelCorruptException>(() => Plan(System.Text.Encoding.UTF8.GetBytes(content)));

        Assert.StartsWith("vocabulary cannot be read as a tokenizer.json: ", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_PairWithSpecialTokensOfTheManifest_PutsThemAround()
    {
        var plan = Plan(System.IO.File.ReadAllBytes(File("roberta")), (text, tokenizer) =>
        {
            (tokenizer["start"], tokenizer["end"], tokenizer["padding"]) = ("<s>", "</s>", "<pad>");
            text["pair"] = new JsonObject { ["separator"] = new JsonArray("</s>", "</s>") };
        });
        var tokenizer = Tokenizer("roberta");
        int[] expected = [0, .. tokenizer.Encode("The parcel", 99), 2, 2, .. tokenizer.Encode("late", 99), 2];

        Assert.Equal(expected, plan.Encode("The parcel", "late").Ids);
        Assert.Equal(1, plan.PaddingId);
    }

    public void Dispose() => _folder.Dispose();

    private static string File(string name) => TextPackages.Fixture(Path.Combine("huggingface", $"{name}.json"));

    private static JsonNode Json(string name) => JsonNode.Parse(
        System.IO.File.ReadAllBytes(TextPackages.Fixture(Path.Combine("huggingface", name))))!;

    private static HuggingFaceTokenizer Tokenizer(string name) => Tokenizer(Json($"{name}.json"));

    private static HuggingFaceTokenizer Tokenizer(JsonNode json) =>
        new(TokenizerJson.Parse(System.Text.Encoding.UTF8.GetBytes(json.ToJsonString()), "vocabulary"), "vocabulary");

    private TextPlan Plan(string name) => Plan(System.IO.File.ReadAllBytes(File(name)));

    private TextPlan Plan(byte[] vocabulary, Action<JsonObject, JsonObject>? change = null)
    {
        var tokenizer = new JsonObject { ["kind"] = "huggingface", ["vocabulary"] = "vocabulary" };
        var package = TextPackages.Tokens(tokenizer, null, text =>
        {
            text["max_length"] = 1000;
            change?.Invoke(text, tokenizer);
        }).Add("vocabulary", vocabulary);
        return TextPackages.Plan(package, _folder.Path);
    }
}
