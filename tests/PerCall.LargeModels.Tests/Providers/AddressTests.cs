using System.Text;
using Xunit;

namespace PerCall.LargeModels.Tests.Providers;

/// <summary>Where calls go, and with which authentication.</summary>
public sealed class AddressTests
{
    private const string Key = "a-provider-key";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("azure", LargeModelEndpoint.ChatCompletions, "/openai/deployments/mini-2/chat/completions?api-version=2024-10-21")]
    [InlineData("azure", LargeModelEndpoint.Embeddings, "/openai/deployments/mini-2/embeddings?api-version=2024-10-21")]
    [InlineData("azure", LargeModelEndpoint.Transcriptions, "/openai/deployments/mini-2/audio/transcriptions?api-version=2024-10-21")]
    [InlineData("azure", LargeModelEndpoint.Moderations, "/openai/deployments/mini-2/moderations?api-version=2024-10-21")]
    [InlineData("azure", LargeModelEndpoint.Responses, "/openai/responses?api-version=2025-04-01-preview")]
    [InlineData("azure-v1", LargeModelEndpoint.ChatCompletions, "/openai/v1/chat/completions")]
    [InlineData("azure-v1", LargeModelEndpoint.Embeddings, "/openai/v1/embeddings")]
    [InlineData("azure-v1", LargeModelEndpoint.Transcriptions, "/openai/v1/audio/transcriptions")]
    [InlineData("azure-v1", LargeModelEndpoint.Moderations, "/openai/v1/moderations")]
    [InlineData("azure-v1", LargeModelEndpoint.Responses, "/openai/v1/responses")]
    [InlineData("openai", LargeModelEndpoint.ChatCompletions, "/v1/chat/completions")]
    [InlineData("openai", LargeModelEndpoint.Embeddings, "/v1/embeddings")]
    [InlineData("openai", LargeModelEndpoint.Transcriptions, "/v1/audio/transcriptions")]
    [InlineData("openai", LargeModelEndpoint.Moderations, "/v1/moderations")]
    [InlineData("openai", LargeModelEndpoint.Responses, "/v1/responses")]
    public async Task Send_OfEachKind_GoesToItsAddress(string kind, LargeModelEndpoint endpoint, string target)
    {
        await using var server = await ScriptedProvider.StartAsync(https: true);
        using var fixture = Fixture(server, kind);

        await SendAsync(fixture, endpoint);

        Assert.Equal(target, Assert.Single(server.Requests).Target);
    }

    [Theory]
    [InlineData(LargeModelEndpoint.ChatCompletions)]
    [InlineData(LargeModelEndpoint.Embeddings)]
    [InlineData(LargeModelEndpoint.Transcriptions)]
    [InlineData(LargeModelEndpoint.Moderations)]
    [InlineData(LargeModelEndpoint.Responses)]
    public async Task Send_WithApiVersion_SendsIt(LargeModelEndpoint endpoint)
    {
        await using var server = await ScriptedProvider.StartAsync();
        using var fixture = Fixture(server, "azure", ("ApiVersion", "2031-01-01-preview"));

        await SendAsync(fixture, endpoint);

        Assert.EndsWith("?api-version=2031-01-01-preview", Assert.Single(server.Requests).Target, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("azure", LargeModelEndpoint.ChatCompletions)]
    [InlineData("azure", LargeModelEndpoint.Responses)]
    [InlineData("azure-v1", LargeModelEndpoint.ChatCompletions)]
    [InlineData("azure-v1", LargeModelEndpoint.Responses)]
    public async Task Send_ToAzureWithoutKey_SendsTheIdentitysToken(string kind, LargeModelEndpoint endpoint)
    {
        await using var server = await ScriptedProvider.StartAsync(https: true);
        using var fixture = Fixture(server, kind);

        await SendAsync(fixture, endpoint);

        var sent = Assert.Single(server.Requests).Headers;
        Assert.Equal($"Bearer {FakeCredential.Token}", sent.Authorization);
        Assert.False(sent.ContainsKey("api-key"));
        Assert.Equal(["https://cognitiveservices.azure.com/.default"], fixture.Credential.Scopes.Distinct());
    }

    [Theory]
    [InlineData("azure", LargeModelEndpoint.ChatCompletions)]
    [InlineData("azure", LargeModelEndpoint.Responses)]
    [InlineData("azure-v1", LargeModelEndpoint.ChatCompletions)]
    [InlineData("azure-v1", LargeModelEndpoint.Transcriptions)]
    public async Task Send_ToAzureWithKey_SendsItAsApiKey(string kind, LargeModelEndpoint endpoint)
    {
        await using var server = await ScriptedProvider.StartAsync();
        using var fixture = Fixture(server, kind, ("ApiKey", Key));

        await SendAsync(fixture, endpoint);

        var sent = Assert.Single(server.Requests).Headers;
        Assert.Equal(Key, sent["api-key"]);
        Assert.False(sent.ContainsKey("Authorization"));
        Assert.Empty(fixture.Credential.Scopes);
    }

    [Theory]
    [InlineData(LargeModelEndpoint.ChatCompletions)]
    [InlineData(LargeModelEndpoint.Responses)]
    public async Task Send_ToOtherServerWithKey_SendsItAsBearerToken(LargeModelEndpoint endpoint)
    {
        await using var server = await ScriptedProvider.StartAsync();
        using var fixture = Fixture(server, "openai", ("ApiKey", Key));

        await SendAsync(fixture, endpoint);

        Assert.Equal($"Bearer {Key}", Assert.Single(server.Requests).Headers.Authorization);
    }

    [Fact]
    public async Task Send_ToOtherServerWithoutKey_SendsNoAuthentication()
    {
        await using var server = await ScriptedProvider.StartAsync();
        using var fixture = Fixture(server, "openai");

        await SendAsync(fixture, LargeModelEndpoint.ChatCompletions);

        var sent = Assert.Single(server.Requests).Headers;
        Assert.False(sent.ContainsKey("Authorization"));
        Assert.False(sent.ContainsKey("api-key"));
        Assert.Empty(fixture.Credential.Scopes);
    }

    [Fact]
    public async Task Send_Redirected_DoesNotFollow()
    {
        await using var other = await ScriptedProvider.StartAsync();
        await using var server = await ScriptedProvider.StartAsync(http =>
        {
            http.Response.StatusCode = 307;
            http.Response.Headers.Location = $"{other.Address}/v1/chat/completions";
            return Task.CompletedTask;
        });
        using var fixture = Fixture(server, "openai", ("ApiKey", Key));

        Assert.Equal("provider_unavailable", await fixture.AnswerAsync());
        Assert.Empty(other.Requests);
    }

    private static ProviderFixture Fixture(ScriptedProvider server, string kind, params (string Name, string Value)[] settings)
    {
        const string Section = $"Models:{ProviderFixture.Model}:Deployments:0:";
        return new ProviderFixture(
            [
                ($"{Section}Kind", kind), ($"{Section}Deployment", "mini-2"),
                ($"{Section}Endpoint", kind == "openai" ? $"{server.Address}/v1" : server.Address),
                .. settings.Select(s => (Section + s.Name, s.Value)),
            ]);
    }

    private static async Task SendAsync(ProviderFixture fixture, LargeModelEndpoint endpoint)
    {
        var isForm = endpoint == LargeModelEndpoint.Transcriptions;
        using var answer = await fixture.Provider.SendAsync(
            new()
            {
                Route = fixture.Routes.All[0],
                Endpoint = endpoint,
                Body = isForm ? null : [],
                Form = isForm ? new([], Encoding.UTF8.GetBytes("RIFF"), "a.wav") : null,
            },
            Cancellation);
        Assert.Equal(ScriptedProvider.Answer, await ProviderFixture.TextAsync(answer.Body));
    }
}
