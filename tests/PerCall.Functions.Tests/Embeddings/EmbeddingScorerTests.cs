using System.Text;
using Microsoft.Extensions.Options;
using PerCall.Functions.Embeddings;
using PerCall.Functions.Requests;
using PerCall.Functions.Text;
using PerCall.Inference.Text;
using Xunit;

namespace PerCall.Functions.Tests.Embeddings;

public sealed class EmbeddingScorerTests
{
    private readonly EmbeddingScorer _scorer = new(Options.Create(new TextOptions()));

    [Theory]
    [InlineData("""{"input": "a river", "model": "e"}""", 1, 1)]
    [InlineData("""{"input": ["a river", "a lake"], "model": "e", "user": "u", "encoding_format": "base64", "dimensions": 8}""", 2, 1)]
    public void Read_BodyOfOpenAi_HasTheTexts(string json, int texts, long units)
    {
        var call = _scorer.ReadCall(Encoding.UTF8.GetBytes(json));

        Assert.Equal((texts, units, "e"), (call.Count, call.Units, call.Model));
        Assert.Equal("a river", ((Passage)call.Inputs[0]).Text);
        Assert.Equal(texts == 2, call.AsBase64);
    }

    [Theory]
    [InlineData("""{"model": "e"}""", "missing_input", "input")]
    [InlineData("""{"input": [], "model": "e"}""", "invalid_input_count", "input")]
    [InlineData("""{"input": [1, 2], "model": "e"}""", "malformed_json", "input")]
    [InlineData("""{"input": "a", "encoding_format": "int8"}""", "invalid_encoding_format", "encoding_format")]
    [InlineData("""{"input": "a", "dimensions": 0}""", "invalid_dimensions", "dimensions")]
    [InlineData("""{"input": "a", "truncate": true}""", "unknown_member", "truncate")]
    public void Read_BodyThatIsWrong_IsRefusedByName(string json, string code, string param)
    {
        var refused = Assert.Throws<RefusedException>(() => _scorer.ReadCall(Encoding.UTF8.GetBytes(json)));

        Assert.Equal((code, param), (refused.Code, refused.Param));
    }
}
