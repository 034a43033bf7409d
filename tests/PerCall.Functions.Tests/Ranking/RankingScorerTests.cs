using System.Text;
using Microsoft.Extensions.Options;
using PerCall.Functions.Ranking;
using PerCall.Functions.Requests;
using PerCall.Functions.Text;
using PerCall.Inference.Text;
using Xunit;

namespace PerCall.Functions.Tests.Ranking;

public sealed class RankingScorerTests
{
    private readonly RankingScorer _scorer = new(Options.Create(new TextOptions()));

    [Fact]
    public void Read_DocumentsInBothForms_ArePairsWithTheQuery()
    {
        var call = _scorer.ReadCall("""{"query": "shoes", "documents": ["a", {"text": "bc"}], "model": "m", "top_n": 9}"""u8);

        Assert.Equal([new Passage("shoes", "a"), new Passage("shoes", "bc")], call.Inputs);
        // The query is read with each document.
        Assert.Equal((13, 1, 2), (call.Total, call.Units, call.TopN));
    }

    [Theory]
    [InlineData("""{"documents": ["a"]}""", "missing_query", "query")]
    [InlineData("""{"query": "q"}""", "missing_documents", "documents")]
    [InlineData("""{"query": "q", "documents": []}""", "invalid_input_count", "documents")]
    [InlineData("""{"query": "q", "documents": ["a"], "top_n": 0}""", "invalid_top_n", "top_n")]
    [InlineData("""{"query": "q", "documents": [{"title": "a"}]}""", "malformed_json", "documents")]
    [InlineData("""{"query": "q", "documents": ["a"], "max_chunks": 1}""", "unknown_member", "max_chunks")]
    public void Read_BodyThatIsWrong_IsRefusedByName(string json, string code, string param)
    {
        var refused = Assert.Throws<RefusedException>(() => _scorer.ReadCall(Encoding.UTF8.GetBytes(json)));

        Assert.Equal((code, param), (refused.Code, refused.Param));
    }
}
