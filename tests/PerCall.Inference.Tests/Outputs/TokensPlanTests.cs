using System.Text.Json.Nodes;
using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.Outputs;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Tests.Text;
using PerCall.Testing;
using Xunit;

namespace PerCall.Inference.Tests.Outputs;

/// <summary>Labelled parts, and their offsets in the text as it was sent.</summary>
public sealed class TokensPlanTests : IDisposable
{
    private static readonly string[] Labels = ["O", "B-name", "I-name", "B-city"];
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("Ana Lee in Oslo", "1 2 0 3", "name:Ana Lee city:Oslo")]
    [InlineData("Ana Lee Oslo", "1 1 3", "name:Ana name:Lee city:Oslo")]
    [InlineData("Ana , Lee", "1 0 2", "name:Ana name:Lee")]
    [InlineData("nobody here", "0 0", "")]
    public void Read_PrefixesOfLabels_JoinOrDivideWords(string text, string labels, string expected) =>
        Assert.Equal(expected, Find(TextPackages.Words(), null, text, [.. labels.Split(' ').Select(int.Parse)]));

    [Theory]
    [InlineData("  ÉMILE 😀 in Malmö!", "name:ÉMILE city:Malmö")]
    [InlineData("E\u0301mile a b Malmo\u0308.", "name:E\u0301mile city:Malmo\u0308")]
    public void Read_TextThatWasNormalised_HasOffsetsOfTheOriginal(string text, string expected) =>
        Assert.Equal(
            expected,
            Find(
                TextPackages.Words(),
                new JsonObject { ["unicode"] = "nfkc", ["lowercase"] = true, ["strip_accents"] = true, ["trim"] = true },
                text, [1, 0, 0, 3, 0]));

    [Fact]
    public void Read_BytesOfOneWord_AreOnePart() =>
        Assert.Equal(
            "name:né", Find(new JsonObject { ["kind"] = "bytes" }, null, "né x", [1, 2, 2, 0, 0]));

    public void Dispose() => _folder.Dispose();

    /// <summary>Labels the tokens of a text in order, and returns the parts that come of it.</summary>
    private string Find(JsonObject tokenizer, JsonObject? normalize, string text, int[] labels)
    {
        var package = TextPackages.Tokens(
            tokenizer,
            tokenizer["vocabulary"] is null ? null : "words.txt",
            t =>
            {
                if (normalize is not null)
                {
                    t["normalize"] = normalize;
                }
            }).With("output", new JsonObject
            {
                ["kind"] = "tokens",
                ["tensor"] = "scores",
                ["activation"] = "softmax",
                ["labels"] = "labels.txt",
            });
        var encoded = TextPackages.Plan(package, _folder.Path).Encode(text);
        Assert.True(encoded.Ids.Length >= labels.Length, $"{encoded.Ids.Length} tokens");
        var logits = new float[encoded.Ids.Length * Labels.Length];
        for (var i = 0; i < encoded.Ids.Length; i++)
        {
            logits[(i * Labels.Length) + (i < labels.Length ? labels[i] : 0)] = 5;
        }

        using var output = OrtValue.CreateTensorValueFromMemory(logits, [1, encoded.Ids.Length, Labels.Length]);
        var plan = new TokensPlan(Packages.ManifestReader.Parse(package.ManifestBytes()), Labels);
        var found = (TokensOutput)plan.Read(plan.Take([output], [encoded])[0], encoded, new CallOptions());
        return string.Join(' ', found.Entities.Select(e => $"{e.Label}:{text[e.Start..e.End]}"));
    }
}
