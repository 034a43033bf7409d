using System.Text.Json.Nodes;
using PerCall.Inference.Packages;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Text;
using PerCall.Testing;
using Xunit;

namespace PerCall.Inference.Tests.Text;

public sealed class TextPlanTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("head", "abcdef", "abcde")]
    [InlineData("tail", "abcdef", "bcdef")]
    [InlineData("head_tail", "abcdefgh", "abcgh")]
    [InlineData("head_tail", "abcde", "abcde")]
    public void Encode_LongText_KeepsWhatIsDeclared(string rule, string text, string kept)
    {
        var encoded = Bytes(5, t => t["truncate"] = rule).Encode(text);

        Assert.Equal(kept, string.Concat(encoded.Ids.Select(id => (char)id)));
        Assert.Equal(text.Length > 5, encoded.Truncated);
    }

    [Theory]
    [InlineData("abc", "abc.", ".abc", false)]
    [InlineData("abcd", "abcd", "abcd", false)]
    [InlineData("abcdefghi", "abcd", "fghi", true)]
    [InlineData("", "....", "....", false)]
    public void Encode_Ends_FillsTwoWindows(string text, string first, string last, bool truncated)
    {
        var plan = Bytes(8, t => (t["truncate"], t["pad"], t["tokenizer"]!["padding_id"]) = ("ends", "max_length", (int)'.'));

        var encoded = plan.Encode(text);

        Assert.Equal(first + last, string.Concat(encoded.Ids.Select(id => (char)id)));
        Assert.Equal(truncated, encoded.Truncated);
        Assert.Equal(encoded.Ids.Select(id => id != '.'), encoded.Filled);
    }

    [Fact]
    public void Encode_SpecialTokens_CountWithinTheLength()
    {
        var plan = TextPackages.Plan(
            TextPackages.Tokens(TextPackages.WordPiece(), "wordpiece.txt", t => (t["max_length"], t["truncate"]) = (4, "tail")),
            _folder.Path);

        Assert.Equal([2, 7, 12, 3], plan.Encode("the cat sat!").Ids);
        Assert.True(plan.Encode("the cat sat!").Truncated);
        Assert.False(plan.Encode("the cat").Truncated);
    }

    [Theory]
    [InlineData("{}", "Ｃafé ﬁ", "Ｃafé ﬁ")]
    [InlineData("""{"unicode":"nfkc"}""", "Ｃafe\u0301 ﬁ①", "Café fi1")]
    [InlineData("""{"unicode":"nfd"}""", "é각", "e\u0301\u1100\u1161\u11a8")]
    [InlineData("""{"unicode":"nfc"}""", "e\u0301", "é")]
    [InlineData("""{"unicode":"nfkd"}""", "ﬁé", "fie\u0301")]
    [InlineData("""{"lowercase":true}""", "ÀΣİẞ𐐀", "àσİß𐐨")]
    [InlineData("""{"strip_accents":true}""", "Crème brûlée, Ångström", "Creme brulee, Angstrom")]
    [InlineData("""{"unicode":"nfkc","lowercase":true,"strip_accents":true,"trim":true}""", "  ＣＡＦÉ\u00a0", "cafe")]
    [InlineData("""{"trim":true}""", "\n a b \t", "a b")]
    public void Apply_Declared_AndNothingElse(string rules, string text, string expected)
    {
        var normalize = System.Text.Json.JsonSerializer.Deserialize(rules, ManifestJson.Default.TextNormalization)!;

        Assert.Equal(expected, new TextNormalizer(normalize).Apply(text));
    }

    [Fact]
    public void Apply_HalvesOfPairs_AreReplacedWhateverIsDeclared()
    {
        // Not as data of a theory: attributes are kept in UTF-8, which has no such halves.
        Assert.Equal("a\ufffdb\ufffd😀", new TextNormalizer(new()).Apply("a\ud800b\udc00😀"));
        Assert.Equal(2, Characters.Count("\ud800\ud800"));
    }

    [Theory]
    [InlineData("abcdef", Truncation.Head, 4, "abcd")]
    [InlineData("abcdef", Truncation.Tail, 4, "cdef")]
    [InlineData("abcdef", Truncation.HeadTail, 3, "abf")]
    [InlineData("ab😀cd", Truncation.Head, 3, "ab")]
    [InlineData("ab😀cd", Truncation.Tail, 3, "cd")]
    public void Cut_Characters_LeavesPairsWhole(string text, Truncation rule, int length, string expected) =>
        Assert.Equal(expected, Characters.Cut(text, length, rule));

    [Theory]
    [InlineData("", 0, 1)]
    [InlineData("a😀b", 3, 1)]
    public void Count_IsOfScalarValues(string text, int characters, int units)
    {
        Assert.Equal(characters, Characters.Count(text));
        Assert.Equal(units, Characters.Units(characters));
    }

    [Theory]
    [InlineData(1000, 1)]
    [InlineData(1001, 2)]
    [InlineData(5_000_000_000, 5_000_000)]
    public void Units_AreBegunThousands(long characters, long units) => Assert.Equal(units, Characters.Units(characters));

    [Fact]
    public void Plan_TextsOfManyLengths_RunsSimilarOnesTogetherWithinBounds()
    {
        int[] lengths = [.. Enumerable.Range(0, 256).Select(i => i % 7 == 0 ? 4000 : (i * 37 % 500) + 1)];

        var runs = MicroBatches.Plan(lengths, MicroBatches.MaxRows).ToList();

        Assert.Equal(Enumerable.Range(0, 256), runs.SelectMany(r => r).Order());
        Assert.All(
            runs, r =>
                Assert.True(
                    r.Length == 1 || (r.Length <= MicroBatches.MaxRows && r.Max(i => lengths[i]) * r.Length <= MicroBatches.MaxPlaces)));
        Assert.Equal(runs.SelectMany(r => r).Select(i => lengths[i]), lengths.Order());
        Assert.Single(MicroBatches.Plan([1_000_000], 32));
        Assert.Equal(3, MicroBatches.Plan([5, 5, 5], 1).Count());
    }

    public void Dispose() => _folder.Dispose();

    private TextPlan Bytes(int length, Action<JsonObject> change) => TextPackages.Plan(
        TextPackages.Tokens(new JsonObject { ["kind"] = "bytes" }, null, t =>
        {
            t["max_length"] = length;
            change(t);
        }),
        _folder.Path);
}
