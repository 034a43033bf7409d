using System.ClientModel;
using OpenAI;
using OpenAI.Chat;
using PerCall.Testing.LargeModels;
using Xunit;

namespace PerCall.EndToEnd.LargeModels;

/// <summary>OpenAI's client for .NET, unchanged, on large models.</summary>
[Collection(SharedLargeModels.Name)]
public sealed class DotNetClientTests(LargeModelService service) : IAsyncLifetime
{
    private const string Text = " the time people";

    private OpenAIClient _client = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _client = new(
        new ApiKeyCredential(await service.AddCallerAsync()),
        new OpenAIClientOptions { Endpoint = new Uri(service.Process.Address, "v1") });

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Chat_WholeAndStreamed_GivesTheText()
    {
        var chat = _client.GetChatClient(StandInModels.Steady.Name);
        ChatMessage[] messages = [new UserChatMessage("Hello. script: tokens=3; in=9")];

        var whole = await chat.CompleteChatAsync(messages, cancellationToken: Cancellation);
        var (streamed, usage) = ("", (ChatTokenUsage?)null);
        await foreach (var update in chat.CompleteChatStreamingAsync(messages, cancellationToken: Cancellation))
        {
            streamed += string.Concat(update.ContentUpdate.Select(p => p.Text));
            usage = update.Usage ?? usage;
        }

        Assert.Equal((Text, Text), (whole.Value.Content[0].Text, streamed));
        Assert.Equal((9, 3), (usage!.InputTokenCount, usage.OutputTokenCount));
    }

    [Fact]
    public async Task Embedding_OfAText_IsAVectorOfLengthOne()
    {
        var embedding = await _client.GetEmbeddingClient(StandInModels.Vectors.Name)
            .GenerateEmbeddingAsync("a river", cancellationToken: Cancellation);

        Assert.Equal(1, embedding.Value.ToFloats().ToArray().Sum(v => v * v), 4);
    }

    [Fact]
    public async Task Refusal_OfAnUnknownModel_ShowsTheMessage()
    {
        var chat = _client.GetChatClient("nothing");

        var refused = await Assert.ThrowsAsync<ClientResultException>(
            () => chat.CompleteChatAsync([new UserChatMessage("Hello.")], cancellationToken: Cancellation));

        Assert.Equal(404, refused.Status);
        Assert.Contains("nothing", refused.Message, StringComparison.Ordinal);
    }
}
