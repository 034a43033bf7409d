using Microsoft.ML.Tokenizers;
using PerCall.StandIn;
using Xunit;

namespace PerCall.LargeModels.Tests.StandIn;

public sealed class WordsTests
{
    [Theory]
    [InlineData("o200k_base")]
    [InlineData("cl100k_base")]
    public void Text_OfAnyLength_HasSoManyTokens(string encoding)
    {
        var tokenizer = TiktokenTokenizer.CreateForEncoding(encoding);

        Assert.All(Enumerable.Range(0, 200), n => Assert.Equal(n, tokenizer.CountTokens(Words.Text(n))));
    }
}
