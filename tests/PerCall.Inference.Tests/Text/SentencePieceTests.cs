using System.Text.Json.Nodes;
using PerCall.Inference.Text;
using PerCall.Testing;
using Xunit;

namespace PerCall.Inference.Tests.Text;

/// <summary>Models of SentencePiece against the ids of sentencepiece itself, which <c>fixtures/huggingface/make.py</c> stored.</summary>
public sealed class SentencePieceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>
    /// Without bos (t5, marian, albert), with symbols that the user defined (albert, pairs), with byte_fallback (bytes, llama), byte pairs
    /// with normalisation (pairs) and without (llama).
    /// </summary>
    public static TheoryData<string> Names => ["t5", "marian", "albert", "bytes", "pairs", "llama"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Encode_Texts_GivesTheIdsOfSentencePiece(string name)
    {
        var plan = Plan(name);
        Assert.All(Expected(name), e => Assert.Equal(e.Ids.DefaultIfEmpty(0), plan.Encode(e.Text).Ids));
    }

    [Fact]
    public void Encode_Fairseq_GivesTheIdsOfXlmRoberta()
    {
        var plan = Plan("xlm-r", tokenizer =>
        {
            tokenizer["fairseq"] = true;
            (tokenizer["start"], tokenizer["end"], tokenizer["padding"]) = ("<s>", "</s>", "<pad>");
        });

        // fairseq has <unk> at 3, and every other piece one later.
        Assert.All(Expected("xlm-r"), e => Assert.Equal([0, .. e.Ids.Select(i => i == 0 ? 3 : i + 1), 2], plan.Encode(e.Text).Ids));
        Assert.Equal(1, plan.PaddingId);
    }

    [Fact]
    public void Encode_PiecesThatAreNotText_AreNotFoundInATextButAreKnownToTheManifest()
    {
        var plan = Plan("albert", tokenizer => (tokenizer["start"], tokenizer["end"]) = ("[CLS]", "[SEP]"));
        var ids = plan.Encode("[CLS] late [SEP] <unk> <pad>").Ids;

        Assert.Equal((2, 3), (ids[0], ids[^1]));
        Assert.DoesNotContain(ids[1..^1], id => id is 0 or 2 or 3);
    }

    public void Dispose() => _folder.Dispose();

    private static JsonNode Json(string name) => JsonNode.Parse(
        File.ReadAllBytes(TextPackages.Fixture(Path.Combine("huggingface", name))))!;

    private static (string Text, int[] Ids)[] Expected(string name) =>
    [
        .. Json("texts.json").AsArray().Zip(
            Json("sentencepiece.ids.json")[name]!.AsArray(), (text, ids) => ((string)text!, ids!.AsArray().Select(i => (int)i!).ToArray())),
    ];

    private TextPlan Plan(string name, Action<JsonObject>? change = null)
    {
        var tokenizer = new JsonObject { ["kind"] = "sentencepiece", ["vocabulary"] = "vocabulary" };
        change?.Invoke(tokenizer);
        return TextPackages.Plan(
            TextPackages.Tokens(tokenizer, Path.Combine("huggingface", $"{name}.model"), text => text["max_length"] = 1000), _folder.Path);
    }
}
