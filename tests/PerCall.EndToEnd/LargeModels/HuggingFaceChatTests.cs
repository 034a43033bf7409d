using PerCall.EndToEnd.HuggingFace;
using Xunit;

namespace PerCall.EndToEnd.LargeModels;

/// <summary>Hugging Face's own client for Node.js, unchanged, on large models.</summary>
[Collection(SharedLargeModels.Name)]
public sealed class HuggingFaceChatTests(LargeModelService service)
{
    private const string Text = " the time people year day";

    private const string Ask = """{"messages": [{"role": "user", "content": "What is a month? script: tokens=5; in=20"}]}""";

    private const string AskModel =
        """{"model": "steady", "messages": [{"role": "user", "content": "What is a month? script: tokens=5; in=20"}]}""";

    [Fact]
    public async Task Chat_AtEveryAddress_GivesTheTextAndIsCharged()
    {
        var key = await service.AddCallerAsync();

        var answers = await HuggingFaceClient.AnswersAsync(
            service.Process.Address,
            key,
            HuggingFaceClient.Call("chatCompletion", "models/steady", Ask),
            HuggingFaceClient.Call("chatCompletion", "v1", AskModel),
            HuggingFaceClient.Call("chatCompletionStream", "models/steady", Ask),
            HuggingFaceClient.Call("chatCompletionStream", "", AskModel));

        Assert.All(answers.Take(2), a => Assert.Equal(Text, (string?)a["choices"]![0]!["message"]!["content"]));
        Assert.All(answers.Skip(2), a => Assert.Equal(Text, (string?)a));
        var usage = await Client.PerCallClient.Connect(service.Process.Address, key)
            .GetUsageAsync(cancellation: TestContext.Current.CancellationToken);
        // 20 tokens of the prompt at 3, 5 generated at 7.
        Assert.Equal(4 * 95, usage.Data.Sum(l => l.Charge));
    }

    [Fact]
    public async Task Refusals_OfACall_AreTheClientsErrorWithTheMessage()
    {
        var key = await service.AddCallerAsync();

        var seen = await HuggingFaceClient.RunAsync(
            service.Process.Address,
            key,
            HuggingFaceClient.Call("chatCompletion", "models/nothing", Ask),
            HuggingFaceClient.Call("chatCompletionStream", "models/steady", """{"messages": []}"""),
            HuggingFaceClient.Call("textClassification", "models/steady", """{"inputs": "a"}"""));

        (int Status, string Message)[] expected =
        [
            (404, "Large model 'nothing' not found"), (400, "messages"), (400, "call POST /models/steady/v1/chat/completions"),
        ];
        foreach (var ((status, message), answer) in expected.Zip(seen))
        {
            var error = answer["error"]!;
            Assert.Equal(("ProviderApiError", status), ((string?)error["name"], (int?)error["status"]));
            Assert.Contains(message, (string?)error["message"], StringComparison.Ordinal);
        }
    }
}
