using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Microsoft.ML.Tokenizers;
using PerCall.LargeModels.Routes;
using Xunit;

namespace PerCall.LargeModels.Tests.Routes;

/// <summary>What the routes are, from a few settings.</summary>
public sealed class LargeModelRoutesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Create_AzureDeployment_NeedsItsAddressAlone()
    {
        var route = Single("""{ "gpt-4o-mini": { "Deployments": [{ "Endpoint": "https://x.openai.azure.com/", "Deployment": "mini" }] } }""");

        Assert.Equal(("gpt-4o-mini", TokenizerKind.O200kBase, 128_000, 16_384), (route.Model, route.Tokenizer, route.ContextTokens, route.MaxOutputTokens));
        Assert.Equal("max_completion_tokens", route.OutputField);
        Assert.Equal([LargeModelEndpoint.ChatCompletions, LargeModelEndpoint.Responses], route.Endpoints);
        Assert.Equal(Now, route.Created);
        var deployment = Assert.Single(route.Deployments);
        Assert.Equal(
            ("gpt-4o-mini/0", DeploymentKind.Azure, "mini", null, 1, 100, null),
            (deployment.Name, deployment.Kind, deployment.Target, deployment.ApiKey, deployment.Weight, deployment.ConcurrentCalls, deployment.Prices));
    }

    [Fact]
    public void Create_LocalServer_NeedsItsAddressAlone()
    {
        var route = Single("""{ "llama3.2": { "Deployments": [{ "Endpoint": "http://localhost:11434/v1" }] } }""");

        Assert.Equal((TokenizerKind.Utf8Bytes, 32_768, 4096, "max_tokens"), (route.Tokenizer, route.ContextTokens, route.MaxOutputTokens, route.OutputField));
        var deployment = Assert.Single(route.Deployments);
        Assert.Equal((DeploymentKind.OpenAi, "llama3.2"), (deployment.Kind, deployment.Target));
    }

    [Fact]
    public void Create_AllSettings_AreTaken()
    {
        var route = Single("""
            {
              "mini": {
                "Name": "gpt-4o-mini", "Tokenizer": "CL100K_base", "ContextTokens": 1000, "MaxOutputTokens": 10, "OutputField": "Max_Tokens",
                "Endpoints": "embeddings, chat, chat",
                "Deployments": [
                  { "Endpoint": "https://a.openai.azure.com", "ApiKey": "k", "ApiVersion": "2025-01-01", "Weight": 3, "ConcurrentCalls": 7,
                    "Prices": { "In": 1, "CachedIn": 2, "Out": 3, "AudioMinute": 4 } },
                  { "Endpoint": "https://b/v1", "Kind": "openai", "Deployment": "m", "Prices": { "In": 5, "Out": 6 } }
                ]
              }
            }
            """);

        Assert.Equal(
            ("gpt-4o-mini", TokenizerKind.Cl100kBase, 1000, 10, "max_tokens"),
            (route.Model, route.Tokenizer, route.ContextTokens, route.MaxOutputTokens, route.OutputField));
        Assert.Equal([LargeModelEndpoint.Embeddings, LargeModelEndpoint.ChatCompletions], route.Endpoints);
        var (first, second) = (route.Deployments[0], route.Deployments[1]);
        Assert.Equal(("gpt-4o-mini/0", "gpt-4o-mini", "k", "2025-01-01", 3, 7), (first.Name, first.Target, first.ApiKey, first.ApiVersion, first.Weight, first.ConcurrentCalls));
        Assert.Equal(new(1, 2, 3, 4), first.Prices);
        Assert.Equal(("gpt-4o-mini/1", "m", new DeploymentPrices(5, 5, 6, 0)), (second.Name, second.Target, second.Prices));
        Assert.Equal("gpt-4o-mini/0", first.ToString());
    }

    [Theory]
    [InlineData("https://x.openai.azure.com", DeploymentKind.Azure, "https://x.openai.azure.com/")]
    [InlineData("https://x.cognitiveservices.azure.com", DeploymentKind.Azure, "https://x.cognitiveservices.azure.com/")]
    [InlineData("https://x.services.ai.azure.com", DeploymentKind.Azure, "https://x.services.ai.azure.com/")]
    [InlineData("https://x.openai.azure.com/openai/v1/", DeploymentKind.AzureV1, "https://x.openai.azure.com/openai/v1/")]
    [InlineData("https://gateway.example/OpenAI/v1", DeploymentKind.AzureV1, "https://gateway.example/OpenAI/v1")]
    [InlineData("https://api.openai.com/v1", DeploymentKind.OpenAi, "https://api.openai.com/v1")]
    [InlineData("https://openai.azure.com.evil.example/v1", DeploymentKind.OpenAi, "https://openai.azure.com.evil.example/v1")]
    public void Create_WithoutKind_TakesItFromTheAddress(string endpoint, DeploymentKind kind, string expected)
    {
        var deployment = Single($$"""{ "m": { "Deployments": [{ "Endpoint": "{{endpoint}}" }] } }""").Deployments[0];

        Assert.Equal((kind, expected), (deployment.Kind, deployment.Endpoint.ToString()));
    }

    [Fact]
    public void Create_KindAzureV1WithoutItsPath_AddsIt()
    {
        var route = Single("""{ "m": { "Deployments": [{ "Endpoint": "https://x.openai.azure.com", "Kind": "azure-v1" }] } }""");

        Assert.Equal("https://x.openai.azure.com/openai/v1", route.Deployments[0].Endpoint.ToString());
    }

    [Theory]
    [InlineData("gpt-4o", "https://x.openai.azure.com", "max_completion_tokens")]
    [InlineData("gpt-35-turbo", "https://x.openai.azure.com", "max_tokens")]
    [InlineData("o3", "https://api.openai.com/v1", "max_completion_tokens")]
    [InlineData("gpt-4o", "http://localhost:8000/v1", "max_tokens")]
    public void Create_WithoutOutputField_TakesItFromTheServer(string model, string endpoint, string field) =>
        Assert.Equal(field, Single($$"""{ "{{model}}": { "Deployments": [{ "Endpoint": "{{endpoint}}" }] } }""").OutputField);

    [Theory]
    [InlineData("text-embedding-3-small", LargeModelEndpoint.Embeddings)]
    [InlineData("whisper-1", LargeModelEndpoint.Transcriptions)]
    [InlineData("gpt-4o-mini-transcribe", LargeModelEndpoint.Transcriptions)]
    [InlineData("omni-moderation-latest", LargeModelEndpoint.Moderations)]
    public void Create_ModelOfAnotherEndpoint_AnswersThat(string model, LargeModelEndpoint endpoint) =>
        Assert.Equal([endpoint], Single($$"""{ "{{model}}": { "Deployments": [{ "Endpoint": "https://a/v1" }] } }""").Endpoints);

    [Fact]
    public void Create_OwnName_TakesLimitsFromTheDeploymentsName()
    {
        var route = Single("""{ "assistant": { "Deployments": [{ "Endpoint": "https://a/v1", "Deployment": "gpt-4.1-mini" }] } }""");

        Assert.Equal((TokenizerKind.O200kBase, 1_047_576), (route.Tokenizer, route.ContextTokens));
    }

    [Theory]
    [InlineData("gpt-5")]
    [InlineData("gpt-5-mini")]
    [InlineData("gpt-4.1")]
    [InlineData("gpt-4.1-nano")]
    [InlineData("gpt-4o")]
    [InlineData("gpt-4o-2024-08-06")]
    [InlineData("o1")]
    [InlineData("o1-mini")]
    [InlineData("o3")]
    [InlineData("o3-mini")]
    [InlineData("o4-mini")]
    [InlineData("gpt-4")]
    [InlineData("gpt-4-turbo")]
    [InlineData("gpt-4-32k")]
    [InlineData("gpt-3.5-turbo")]
    [InlineData("gpt-3.5-turbo-16k")]
    [InlineData("gpt-35-turbo")]
    [InlineData("text-embedding-ada-002")]
    [InlineData("text-embedding-3-large")]
    public void Find_KnownModel_HasTheTokenizerThatTheLibraryHas(string model)
    {
        const string Text = "Ein Satz, 漢字 und ಕನ್ನಡ: antidisestablishmentarianism 1234567.";
        var encoding = KnownModels.Find(model).Tokenizer == TokenizerKind.O200kBase ? "o200k_base" : "cl100k_base";

        Assert.NotEqual(TokenizerKind.Utf8Bytes, KnownModels.Find(model).Tokenizer);
        Assert.Equal(
            TiktokenTokenizer.CreateForModel(model).EncodeToIds(Text), TiktokenTokenizer.CreateForEncoding(encoding).EncodeToIds(Text));
    }

    [Theory]
    [InlineData("gpt-4x")]
    [InlineData("o10")]
    [InlineData("llama-3")]
    [InlineData("my-gpt-4o")]
    public void Find_OtherModel_IsUnknown(string model) => Assert.Equal(KnownModels.Other, KnownModels.Find(model));

    [Fact]
    public void Find_ByName_IsExact()
    {
        const string Deployment = """{ "Deployments": [{ "Endpoint": "https://a/v1" }] }""";
        var routes = Routes($$"""{ "b": {{Deployment}}, "A": {{Deployment}} }""");

        Assert.False(routes.IsEmpty);
        Assert.Equal(["A", "b"], routes.All.Select(r => r.Model));
        Assert.Equal("b", routes.Find("b")!.Model);
        Assert.Null(routes.Find("B"));
        Assert.Null(routes.Find(""));
    }

    private static LargeModelRoute Single(string models) => Assert.Single(Routes(models).All);

    private static LargeModelRoutes Routes(string models) => new(
        Options.Create(LargeModelOptionsTests.Bound(LargeModelOptionsTests.Section($$"""{ "Models": {{models}} }"""))),
        new FakeTimeProvider(Now));
}
