using PerCall.LargeModels.Routes;
using Xunit;

namespace PerCall.LargeModels.Tests.Dialect;

public sealed class InputTextsTests
{
    [Theory]
    [InlineData("\"hello world\"", 2)]
    [InlineData("[\"hello world\",\"hello\"]", 3)]
    [InlineData("[1,2,3]", 3)]
    [InlineData("[[1,2,3],[4]]", 4)]
    public void Check_EmbeddingsInput_IsCounted(string input, long tokens)
    {
        var facts = Requests.Embeddings(input, Requests.Route(tokenizer: TokenizerKind.Cl100kBase));

        Assert.Equal((tokens, false), (facts.PromptTokens, facts.Stream));
        Assert.True(facts.PromptBound >= tokens);
    }

    [Theory]
    [InlineData("null", "missing_required_parameter", "input")]
    [InlineData("[]", "invalid_type", "input")]
    [InlineData("{}", "invalid_type", "input")]
    [InlineData("\"\"", "invalid_value", "input")]
    [InlineData("[\"a\",\"\"]", "invalid_value", "input[1]")]
    [InlineData("[\"a\",7]", "invalid_type", "input[1]")]
    [InlineData("[1,\"a\"]", "invalid_type", "input[1]")]
    [InlineData("[1,-1]", "invalid_type", "input[1]")]
    [InlineData("[1,1.5]", "invalid_type", "input[1]")]
    [InlineData("[[1],[]]", "invalid_type", "input[1]")]
    [InlineData("[[1],[true]]", "invalid_type", "input[1][0]")]
    public void Check_BadEmbeddingsInput_NamesTheEntry(string input, string code, string param) =>
        Requests.Refused(() => Requests.Embeddings(input), code, param);

    [Fact]
    public void Check_TextBeyondTheContext_NamesTheEntry()
    {
        var route = Requests.Route(context: 2);
        Assert.Equal(4, Requests.Embeddings("[\"hello world\",\"hello world\"]", route).PromptTokens);

        Requests.Refused(
            () => Requests.Embeddings("[\"hello world\",\"hello world hello\"]", route), "context_length_exceeded", "input[1]");
        Requests.Refused(() => Requests.Embeddings("[1,2,3]", route), "context_length_exceeded", "input");
        // A count of bytes is not certain enough.
        var bytes = Requests.Route(context: 2, tokenizer: TokenizerKind.Utf8Bytes);
        var facts = Requests.Embeddings("\"hello world\"", bytes);
        Assert.Equal((2, true), (facts.PromptTokens, facts.PromptBound >= 11));
    }

    [Fact]
    public void Check_TooManyTexts_IsRefusedButNotManyTokens()
    {
        var texts = $"[{string.Join(',', Enumerable.Repeat("\"a\"", 2049))}]";
        Requests.Refused(() => Requests.Embeddings(texts), "invalid_value", "input");

        Assert.Equal(2049, Requests.Embeddings($"[{string.Join(',', Enumerable.Repeat("5", 2049))}]").PromptTokens);
    }

    [Fact]
    public void Check_Moderations_AreCounted()
    {
        Assert.Equal(2, Requests.Moderations("\"hello world\"").PromptTokens);
        Assert.Equal(3, Requests.Moderations("[\"hello world\",\"hello\"]").PromptTokens);
        Assert.Equal(2 + 255, Requests.Moderations($$"""
            [{"type":"text","text":"hello world"},{"type":"image_url","image_url":{"url":"{{Requests.PngUrl(9, 9)}}"} }]
            """).PromptTokens);
        Requests.Refused(() => Requests.Moderations("[{\"type\":\"video\"}]"), "unsupported_parameter", "input[0].type");
        Requests.Refused(() => Requests.Moderations("[7]"), "invalid_type", "input[0]");
        Requests.Refused(() => Requests.Moderations("null"), "missing_required_parameter", "input");
    }
}
