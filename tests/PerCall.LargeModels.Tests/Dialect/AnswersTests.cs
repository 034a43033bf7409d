using System.Text.Json;
using PerCall.LargeModels.Dialect;
using Xunit;
using static PerCall.LargeModels.LargeModelEndpoint;

namespace PerCall.LargeModels.Tests.Dialect;

public sealed class AnswersTests
{
    [Theory]
    [InlineData(ChatCompletions, """{"choices":[{"message":{"content":"a","refusal":null}},{"message":{"content":"b"}}]}""", "ab")]
    [InlineData(ChatCompletions, """{"choices":[{"message":{"content":null,"refusal":"no","reasoning_content":"hm"}}]}""", "nohm")]
    [InlineData(ChatCompletions, """{"choices":[{"message":{"content":[{"type":"text","text":"a"}]}}]}""", "a")]
    [InlineData(
        ChatCompletions,
        """{"choices":[{"message":{"tool_calls":[{"function":{"name":"f","arguments":"{}"}},{"custom":{"name":"g","input":"x"}}]}}]}""",
        "f{}gx")]
    [InlineData(ChatCompletions, """{"choices":[{"text":"old"}]}""", "old")]
    [InlineData(ChatCompletions, """{"choices":null}""", "")]
    [InlineData(ChatCompletions, """{}""", "")]
    [InlineData(ChatCompletions, """[]""", "")]
    [InlineData(ChatCompletions, """{"choices":[7,{"message":{"content":"\ud83d"}}]}""", "\"\\ud83d\"")]
    [InlineData(
        Responses,
        """{"output":[{"type":"message","content":[{"text":"a"},{"refusal":"b"}]},{"type":"function_call","name":"f","arguments":"{}"}]}""",
        "abf{}")]
    [InlineData(Responses, """{"output":[{"type":"reasoning","summary":[{"text":"s"}]}],"instructions":"not generated"}""", "s")]
    [InlineData(Transcriptions, """{"text":"hello"}""", "hello")]
    [InlineData(Embeddings, """{"data":[]}""", "")]
    [InlineData(Moderations, """{"results":[]}""", "")]
    public void TextOf_Answer_IsAllGeneratedText(LargeModelEndpoint endpoint, string answer, string text)
    {
        using var document = JsonDocument.Parse(answer);
        Assert.Equal(text, Answers.TextOf(endpoint, document.RootElement));
    }

    [Fact]
    public void ErrorOf_ErrorInsideAnAnswer_IsFound()
    {
        Assert.Equal(new("m", "429", "t"), ErrorOf("""{"error":{"message":"m","code":429,"type":"t"}}"""));
        Assert.Equal(new("m", null, null), ErrorOf("""{"error":"m"}"""));
        Assert.Null(ErrorOf("""{"error":null}"""));
        Assert.Null(ErrorOf("""{}"""));
    }

    private static StreamError? ErrorOf(string answer)
    {
        using var document = JsonDocument.Parse(answer);
        return Answers.ErrorOf(document.RootElement);
    }
}
