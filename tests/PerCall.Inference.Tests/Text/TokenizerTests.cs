using System.Text.Json.Nodes;
using Microsoft.ML.Tokenizers;
using PerCall.Inference.Text;
using PerCall.Inference.Text.Tokenizers;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.Inference.Tests.Text;

/// <summary>
/// Each kind of tokenizer on the texts that break tokenizers. Expected ids are told by hand from the vocabularies of <c>fixtures</c>.
/// </summary>
public sealed class TokenizerTests : IDisposable
{
    private const string Cat = "القط";

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Kinds => ["words", "wordpiece", "bpe", "sentencepiece", "tiktoken", "bytes"];

    public static TheoryData<string, int[]> Words => new()
    {
        { "the cat sat", [2, 3, 4] },
        { "the cat, sat!", [2, 3, 5, 4, 6] },
        { "thecat", [1] },
        { "中国 the", [7, 2] },
        { "the😀cat", [2, 9, 3] },
        { $"{Cat}!", [10, 6] },
        { "the\0cat", [2, 3] },
        { "the\u200bcat", [2, 3] },
        { "314", [1] },
        { " \t\r\n\u00a0", [1] },
        { "", [1] },
    };

    public static TheoryData<string, int[]> WordPieces => new()
    {
        { "the cats sat!", [2, 4, 5, 6, 7, 12, 3] },
        { "unbelievable", [2, 8, 9, 10, 3] },
        { "unbelieved catable", [2, 1, 5, 10, 3] },
        { "中国", [2, 13, 14, 3] },
        { "[CLS]", [2, 16, 1, 17, 3] },
        { "[cls]", [2, 16, 18, 17, 3] },
        { "the\0 ca\0t", [2, 4, 5, 3] },
        { "the $cat", [2, 4, 1, 5, 3] },
        { "cat😀", [2, 1, 3] },
        { "\ud840\udc00the", [2, 1, 4, 3] },
        { Cat, [2, 19, 3] },
        { "😀", [2, 1, 3] },
        { "", [2, 3] },
    };

    [Theory]
    [MemberData(nameof(Words))]
    public void Encode_Words_FindsRunsAndSingles(string text, int[] expected) => Assert.Equal(expected, Plan("words").Encode(text).Ids);

    [Fact]
    public void Encode_HalfAPair_IsTheReplacementCharacter() => Assert.Equal([2, 1, 3], Plan("words").Encode("the\ud800cat").Ids);

    [Fact]
    public void Encode_WordsWithSingleDigits_CutsNumbersApart()
    {
        var rules = TextPackages.Words();
        rules["digits"] = "each";

        Assert.Equal([2, 11, 13, 14, 3], Plan(TextPackages.Tokens(rules, "words.txt")).Encode("the314cat").Ids);
    }

    [Theory]
    [InlineData("""{"split": "whitespace"}""", "the cat, \u00a0sat!\n", new[] { 2, 1, 1 })]
    [InlineData("""{"split": "whitespace", "strip": ",!"}""", "the cat, \u00a0sat!\n", new[] { 2, 3, 4 })]
    [InlineData("""{"strip": "-\ud83d\ude00"}""", "th-e c\ud83d\ude00at!", new[] { 2, 3, 6 })]
    public void Encode_WordsWithSplitAndStrip_SplitsAsDeclared(string members, string text, int[] expected)
    {
        var rules = TextPackages.Words();
        foreach (var (name, value) in JsonNode.Parse(members)!.AsObject())
        {
            rules[name] = value!.DeepClone();
        }

        Assert.Equal(expected, Plan(TextPackages.Tokens(rules, "words.txt")).Encode(text).Ids);
    }

    [Fact]
    public void Encode_WordsOfAJsonVocabulary_HaveItsIds()
    {
        var rules = TextPackages.Words();
        (rules["vocabulary"], rules["padding"], rules["start"]) = ("words.json", "line\nbreak", "two words");
        var package = TextPackages.Tokens(rules, null);
        var plan = Plan(package.Add("words.json", """{"line\nbreak": 9, "[UNK]": 0, "the": 5, "two words": 7}"""));

        Assert.Equal([7, 5, 0], plan.Encode("the cat").Ids);
        Assert.Equal(9, plan.PaddingId);

        var fault = Assert.Throws<ModelCorruptException>(() => Plan(package.Add("words.json", """{"[UNK]": 0, "the": 0}""")));
        Assert.Contains("gives the token 'the' the id 0", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bert-uncased", true)]
    [InlineData("bert-cased", false)]
    public void Encode_WordPieceOfBert_GivesTheIdsOfTheReference(string name, bool lower)
    {
        var json = TokenizerJson.Read(TextPackages.Fixture(Path.Combine("huggingface", $"{name}.json")));
        var reference = new HuggingFaceTokenizer(json, name);
        var plan = Plan(WordPieceOf(json, 1000, lower));
        var texts = JsonNode.Parse(File.ReadAllBytes(TextPackages.Fixture(Path.Combine("huggingface", "texts.json"))))!.AsArray()
            .Select(t => (string)t!).Where(t => !json.AddedTokens.Any(a => t.Contains(a, StringComparison.Ordinal)));

        Assert.All(texts, text => Assert.Equal([2, .. reference.Encode(text, int.MaxValue), 3], plan.Encode(text).Ids));
    }

    [Fact]
    public void Encode_WordPieceThatIsCutWithinAWord_KeepsItsFirstTokens()
    {
        const string text = "unbelievably uncharacteristically misunderstandings and the parcel arrived";
        var json = TokenizerJson.Read(TextPackages.Fixture(Path.Combine("huggingface", "bert-uncased.json")));
        var all = Plan(WordPieceOf(json, 1000, true)).Encode(text).Ids[1..^1];
        foreach (var length in Enumerable.Range(1, all.Length))
        {
            var cut = Plan(WordPieceOf(json, length + 2, true)).Encode(text);
            Assert.Equal(all[..length], cut.Ids[1..^1]);
            Assert.Equal(length < all.Length, cut.Truncated);
        }
    }

    [Theory]
    [MemberData(nameof(WordPieces))]
    public void Encode_WordPiece_IsBert(string text, int[] expected) => Assert.Equal(expected, Plan("wordpiece").Encode(text).Ids);

    [Fact]
    public void Encode_BytePairs_MergesWithinPieces()
    {
        var plan = Plan("bpe");

        Assert.Equal([262, 257, 261, 33, 263], plan.Encode("the cat!").Ids);
        Assert.Equal([262, 97, 0, 98, 263], plan.Encode("a\0b").Ids);
        Assert.Equal([262, 240, 159, 152, 128, 263], plan.Encode("😀").Ids);
        // Half a pair is the replacement character, in UTF-8.
        Assert.Equal([262, 97, 239, 191, 189, 98, 263], plan.Encode("a\ud800b").Ids);
        Assert.Equal([262, 263], plan.Encode("").Ids);
    }

    [Fact]
    public void Encode_SentencePiece_TakesTheLikeliestPieces()
    {
        var plan = Plan("sentencepiece");

        // ▁the, ▁cat, s, </s>; then ▁ and what the model does not know.
        Assert.Equal([4, 5, 6, 2], plan.Encode("the cats").Ids);
        Assert.Equal([7, 0, 2], plan.Encode("中").Ids);
    }

    [Fact]
    public void Encode_SentencePieceWithBytes_SpellsWhatTheModelDoesNotKnow()
    {
        var package = TextPackages.Tokens(
            new JsonObject { ["kind"] = "sentencepiece", ["vocabulary"] = "vocabulary" }, "unigram-bytes.model");

        // The bytes are ids 4 to 259; then ▁the, ▁cat, s, ▁.
        Assert.Equal([263, 4 + 0xE4, 4 + 0xB8, 4 + 0xAD, 261], Plan(package).Encode("中 cat").Ids);
    }

    [Theory]
    [InlineData("p50k", "text-davinci-003")]
    [InlineData("cl100k", "gpt-4")]
    [InlineData("o200k", "gpt-4o")]
    public void Encode_Tiktoken_IsTheLibrarysOwnForThatVocabulary(string pattern, string model)
    {
        var rules = new JsonObject { ["kind"] = "tiktoken", ["vocabulary"] = "vocabulary", ["pattern"] = pattern };
        var plan = Plan(TextPackages.Tokens(rules, "ranks.tiktoken", text => text["max_length"] = 100_000));
        using var ranks = File.OpenRead(TextPackages.Fixture("ranks.tiktoken"));
        var reference = TiktokenTokenizer.CreateForModel(model, ranks);

        const string text = "The cat's 12345 hats,\r\n\r\n  don't\tYOU'LL  see  中国 the cat…   \n\n x=1;// café ÉTÉ naïve l'été\n   ";
        Assert.Equal(reference.EncodeToIds(text), plan.Encode(text).Ids);
        Assert.Contains(271 - 10, plan.Encode("a cat the cat").Ids);
    }

    [Fact]
    public void Encode_Bytes_AreUtf8WithTheOffset()
    {
        var plan = Plan(TextPackages.Tokens(new JsonObject { ["kind"] = "bytes", ["offset"] = 3 }, null));

        Assert.Equal([100, 3, 0xE4 + 3, 0xB8 + 3, 0xAD + 3], plan.Encode("a\0中").Ids);
        Assert.Equal([0], plan.Encode("").Ids);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Encode_AnyText_GivesIdsWithinTheLength(string kind)
    {
        var plan = Plan(kind);
        string[] texts =
        [
            "", "\0", "\ud800", "\udc00\ud800", "😀😀👩‍👩‍👧", "مرحبا بالعالم", "שלום", "中文文本没有空格", "e\u0301\u0301\u0301", "\u202eabc",
            "\ufeff", new('a', 1 << 20), new(' ', 1 << 20),
            string.Concat(Enumerable.Repeat("the cat sat! ", 80_000)), string.Concat(Enumerable.Repeat("😀", 1 << 19)),
            new('\ud800', 1 << 20),
        ];

        Assert.All(texts, text =>
        {
            var encoded = plan.Encode(text);
            Assert.InRange(encoded.Ids.Length, 1, 16);
            Assert.All(encoded.Ids, id => Assert.InRange(id, 0, 511));
        });
    }

    [Fact]
    public void Cut_RunsLongerThanTheLimit_AndNothingElse()
    {
        var text = string.Concat(Enumerable.Repeat("ab ", 5000)) + new string('x', 10) + "😀😀😀";

        Assert.Equal(0..text.Length, Assert.Single(Runs.Cut(text, 100)));
        var parts = Runs.Cut(text, 5).Select(r => text[r]).ToList();
        Assert.Equal(text, string.Concat(parts));
        Assert.True(parts.Count > 1);
        Assert.All(parts, p => Assert.False(char.IsLowSurrogate(p[0]) || char.IsHighSurrogate(p[^1])));
    }

    [Fact]
    public void Load_BadVocabulary_NamesTheFile()
    {
        var twice = TextPackages.Tokens(TextPackages.Words(), "words.txt").Add("vocabulary", "[PAD]\n[UNK]\nthe\nthe");
        Assert.Contains(
            "'the' twice, on lines 3 and 4", Assert.Throws<ModelCorruptException>(() => Plan(twice)).Message, StringComparison.Ordinal);

        var without = TextPackages.Tokens(TextPackages.WordPiece(), "words.txt");
        Assert.Contains(
            "does not contain the token '[CLS]' that text.tokenizer.start names",
            Assert.Throws<ModelCorruptException>(() => Plan(without)).Message, StringComparison.Ordinal);

        var model = TextPackages.Tokens(new JsonObject { ["kind"] = "sentencepiece", ["vocabulary"] = "vocabulary" }, "words.txt");
        Assert.Contains(
            "cannot be read as a vocabulary of sentencepiece", Assert.Throws<ModelCorruptException>(() => Plan(model)).Message,
            StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static PackageBuilder WordPieceOf(TokenizerJson json, int length, bool lower) => TextPackages.Tokens(
        TextPackages.WordPiece(), null, text =>
        {
            text["max_length"] = length;
            text["normalize"] = new JsonObject { ["lowercase"] = lower, ["strip_accents"] = lower };
        }).Add("vocabulary", string.Join('\n', json.Ids.OrderBy(t => t.Value).Select(t => t.Key)));

    private TextPlan Plan(PackageBuilder package) => TextPackages.Plan(package, _folder.Path);

    private TextPlan Plan(string kind) => Plan(kind switch
    {
        "words" => TextPackages.Tokens(TextPackages.Words(), "words.txt"),
        "wordpiece" => TextPackages.Tokens(TextPackages.WordPiece(), "wordpiece.txt"),
        "bpe" =>
            TextPackages.Tokens(
                new JsonObject { ["kind"] = "bpe", ["vocabulary"] = "vocabulary", ["merges"] = "merges.txt", ["start"] = "<s>", ["end"] = "</s>", ["padding"] = "<pad>" }, "bpe-vocab.json")
            .Add("merges.txt", File.ReadAllBytes(TextPackages.Fixture("bpe-merges.txt"))),
        "sentencepiece" =>
            TextPackages.Tokens(
                new JsonObject { ["kind"] = "sentencepiece", ["vocabulary"] = "vocabulary", ["padding_id"] = 3, ["end"] = "</s>" },
                "unigram.model"),
        "tiktoken" =>
            TextPackages.Tokens(
                new JsonObject { ["kind"] = "tiktoken", ["vocabulary"] = "vocabulary", ["pattern"] = "p50k" }, "ranks.tiktoken"),
        _ => TextPackages.Tokens(new JsonObject { ["kind"] = "bytes" }, null),
    });
}
