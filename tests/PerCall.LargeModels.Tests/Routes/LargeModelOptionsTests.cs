using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using PerCall.LargeModels.Routes;
using Xunit;

namespace PerCall.LargeModels.Tests.Routes;

/// <summary>Faulty settings are reported at the start, all of them, by name.</summary>
public sealed class LargeModelOptionsTests
{
    private const string Good = """{ "Endpoint": "https://x.openai.azure.com" }""";

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{ "Models": {} }""")]
    [InlineData("""{ "SilenceSeconds": "" }""")]
    [InlineData($$"""{ "Models": { "gpt-4o": { "Deployments": [{{Good}}] } } }""")]
    [InlineData($$"""{ "Models": { "gpt-4o": { "Deployments": [{{Good}}, { "Endpoint": "http://localhost:11434/v1", "ApiKey": "" }] } } }""")]
    [InlineData("""{ "Models": { "a": { "Deployments": [{ "Endpoint": "http://ollama:11434/v1" }] } } }""")]
    [InlineData("""{ "Models": { "a": { "Deployments": [{ "Endpoint": "http://127.0.0.1:1/v1", "ApiKey": "k" }] } } }""")]
    [InlineData("""{ "segmentMILLISECONDS": 0, "Models": { "A.b_C-1": { "Endpoints": "chat, Embeddings", "deployments": [{ "ENDPOINT": "https://a/v1" }] } } }""")]
    public void Validate_GoodSettings_ReportsNothing(string section) => Assert.Empty(Faults(section));

    [Theory]
    [InlineData("""{ "SilenceSecond": 5 }""", "PerCall:OpenAI:SilenceSecond is not a setting; allowed: Models, ")]
    [InlineData("""{ "SilenceSeconds": 0 }""", "PerCall:OpenAI:SilenceSeconds is '0'; allowed: whole numbers from 1 to 3600.")]
    [InlineData("""{ "SilenceSeconds": "soon" }""", "PerCall:OpenAI:SilenceSeconds is 'soon'; allowed: whole numbers from 1 to 3600.")]
    [InlineData("""{ "SilenceSeconds": "1.5" }""", "PerCall:OpenAI:SilenceSeconds is '1.5'; allowed: whole numbers from 1 to 3600.")]
    [InlineData("""{ "SilenceSeconds": "99999999999" }""", "PerCall:OpenAI:SilenceSeconds is '99999999999'; allowed: ")]
    [InlineData("""{ "SilenceSeconds": { "a": 1 } }""", "PerCall:OpenAI:SilenceSeconds has members; allowed: one value.")]
    [InlineData("""{ "SegmentMilliseconds": 1001 }""", "PerCall:OpenAI:SegmentMilliseconds is '1001'; allowed: whole numbers from 0 to 1000.")]
    [InlineData("""{ "Models": { "a": {} } }""", "PerCall:OpenAI:Models:a:Deployments is empty; ")]
    [InlineData("""{ "Models": { "a": { "Name": "b" } } }""", "PerCall:OpenAI:Models:a:Deployments is empty; ")]
    [InlineData("""{ "Models": { "a": "https://a/v1" } }""", "PerCall:OpenAI:Models:a has a value; allowed: only its members Name, ")]
    [InlineData("""{ "Models": "a" }""", "PerCall:OpenAI:Models has a value; allowed: only members.")]
    [InlineData($$"""{ "Models": { "a b": { "Deployments": [{{Good}}] } } }""", "PerCall:OpenAI:Models:a b has the name 'a b'; allowed: 1 to 64 ")]
    [InlineData($$"""{ "Models": { "a": { "Name": "b/c", "Deployments": [{{Good}}] } } }""", "PerCall:OpenAI:Models:a has the name 'b/c'; ")]
    [InlineData($$"""{ "Models": { "a": { "Name": "B", "Deployments": [{{Good}}] }, "b": { "Deployments": [{{Good}}] } } }""",
        "PerCall:OpenAI:Models: a and b have the same name 'B'; names must differ in more than case.")]
    [InlineData($$"""{ "Models": { "a": { "Tokenizer": "p50k", "Deployments": [{{Good}}] } } }""",
        "PerCall:OpenAI:Models:a:Tokenizer is 'p50k'; allowed: o200k_base, cl100k_base, utf8_bytes.")]
    [InlineData($$"""{ "Models": { "a": { "OutputField": "tokens", "Deployments": [{{Good}}] } } }""",
        "PerCall:OpenAI:Models:a:OutputField is 'tokens'; allowed: max_completion_tokens, max_tokens.")]
    [InlineData($$"""{ "Models": { "a": { "Endpoints": "chat,images", "Deployments": [{{Good}}] } } }""",
        "PerCall:OpenAI:Models:a:Endpoints contains 'images'; allowed: chat, responses, embeddings, transcriptions, moderations.")]
    [InlineData($$"""{ "Models": { "a": { "ContextTokens": 100, "MaxOutputTokens": 101, "Deployments": [{{Good}}] } } }""",
        "PerCall:OpenAI:Models:a:MaxOutputTokens is 101; allowed: at most ContextTokens, which is 100.")]
    [InlineData($$"""{ "Models": { "gpt-4": { "MaxOutputTokens": 8193, "Deployments": [{{Good}}] } } }""",
        "PerCall:OpenAI:Models:gpt-4:MaxOutputTokens is 8193; allowed: at most ContextTokens, which is 8192.")]
    [InlineData($$"""{ "Models": { "a": { "ContextToken": 100, "Deployments": [{{Good}}] } } }""",
        "PerCall:OpenAI:Models:a:ContextToken is not a setting; allowed: Name, ")]
    public void Validate_Fault_IsReportedByName(string section, string fault) =>
        Assert.StartsWith(fault, Assert.Single(Faults(section)), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{ }""", "Endpoint is not an address; allowed: an absolute http or https address without user, query and fragment.")]
    [InlineData("""{ "Endpoint": "" }""", "Endpoint is not an address; ")]
    [InlineData("""{ "Endpoint": "/v1" }""", "Endpoint is not an address; ")]
    [InlineData("""{ "Endpoint": "localhost:11434" }""", "Endpoint is not an address; ")]
    [InlineData("""{ "Endpoint": "ftp://a/v1" }""", "Endpoint is not an address; ")]
    [InlineData("""{ "Endpoint": "https://user:word@a/v1" }""", "Endpoint is not an address; ")]
    [InlineData("""{ "Endpoint": "https://a/v1?key=1" }""", "Endpoint is not an address; ")]
    [InlineData("""{ "Endpoint": "http://a/v1", "ApiKey": "k" }""", "Endpoint would send a key or a token without encryption; ")]
    [InlineData("""{ "Endpoint": "http://a.openai.azure.com" }""", "Endpoint would send a key or a token without encryption; ")]
    [InlineData("""{ "Endpoint": "http://localhost/openai/v1" }""", "Endpoint is an http address; allowed with Kind azure-v1 ")]
    [InlineData("""{ "Endpoint": "https://a/v1", "Kind": "aws" }""", "Kind is 'aws'; allowed: azure, azure-v1, openai.")]
    [InlineData("""{ "Endpoint": "https://a/v1", "ApiVersion": "2024-10-21" }""", "ApiVersion is set; allowed: only with Kind azure.")]
    [InlineData("""{ "Endpoint": "https://a", "Kind": "azure", "ApiVersion": "1&x=2" }""", "ApiVersion is '1&x=2'; allowed: ")]
    [InlineData("""{ "Endpoint": "https://a/v1", "ApiKey": "@Microsoft.KeyVault(SecretUri=x)" }""", "ApiKey is an unresolved Key Vault reference. ")]
    [InlineData("""{ "Endpoint": "https://a/v1", "ApiKey": "a\nb" }""", "ApiKey contains a character that a header cannot carry; ")]
    [InlineData("""{ "Endpoint": "https://a/v1", "Weight": 0 }""", "Weight is '0'; allowed: whole numbers from 1 to 1000000.")]
    [InlineData("""{ "Endpoint": "https://a/v1", "ConcurrentCalls": -1 }""", "ConcurrentCalls is '-1'; allowed: ")]
    [InlineData("""{ "Endpoint": "https://a/v1", "Prices": { "Out": -1 } }""", "Prices:Out is '-1'; allowed: whole numbers from 0 to 1000000000000.")]
    [InlineData("""{ "Endpoint": "https://a/v1", "Prices": { "in": "free" } }""", "Prices:in is 'free'; allowed: ")]
    [InlineData("""{ "Endpoint": "https://a/v1", "Prices": { "Token": 1 } }""", "Prices:Token is not a setting; allowed: In, CachedIn, Out, AudioMinute.")]
    [InlineData("""{ "Endpoint": "https://a/v1", "Key": "k" }""", "Key is not a setting; allowed: Kind, Endpoint, ")]
    public void Validate_FaultOfADeployment_IsReportedByName(string deployment, string fault) => Assert.StartsWith(
        $"PerCall:OpenAI:Models:a:Deployments:1:{fault}",
        Assert.Single(Faults($$"""{ "Models": { "a": { "Deployments": [{{Good}}, {{deployment}}] } } }""")), StringComparison.Ordinal);

    [Fact]
    public void Validate_ManyFaults_ReportsAllWithoutTheKeys()
    {
        var faults = Faults("""
            {
              "CallSeconds": "long", "Unknown": 1,
              "Models": {
                "a": { "Tokenizer": "x", "Deployments": [{ "Endpoint": "nowhere-sk-secret", "ApiKey": "sk-secret", "Weight": "heavy" }] },
                "b": { "ContextTokens": 0, "Deployments": [{ "Endpoint": "http://b/v1", "ApiKey": "sk-secret", "Kinds": "sk-secret" }] },
                "c c": { }
              }
            }
            """);

        Assert.Equal(
            [
                "PerCall:OpenAI:CallSeconds", "PerCall:OpenAI:Models:a:Deployments:0:Endpoint", "PerCall:OpenAI:Models:a:Deployments:0:Weight",
                "PerCall:OpenAI:Models:a:Tokenizer", "PerCall:OpenAI:Models:b:ContextTokens",
                "PerCall:OpenAI:Models:b:Deployments:0:Endpoint", "PerCall:OpenAI:Models:b:Deployments:0:Kinds",
                "PerCall:OpenAI:Models:c", "PerCall:OpenAI:Models:c", "PerCall:OpenAI:Unknown",
            ],
            faults.Select(f => f.Split(' ')[0]).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(faults, f => f.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public void Bind_EnvironmentVariables_CarryNamesWithDashes()
    {
        const string Prefix = "PerCall__OpenAI__Models__gpt-4o-mini__";
        Environment.SetEnvironmentVariable($"{Prefix}Deployments__0__Endpoint", "https://x.openai.azure.com");
        Environment.SetEnvironmentVariable($"{Prefix}Deployments__0__Prices__In", "150000");
        try
        {
            var options = Bound(new ConfigurationBuilder().AddEnvironmentVariables().Build());

            var (name, model) = Assert.Single(options.Models);
            Assert.Equal("gpt-4o-mini", name);
            var deployment = Assert.Single(model.Deployments);
            Assert.Equal("https://x.openai.azure.com", deployment.Endpoint);
            Assert.Equal(150_000, deployment.Prices!.In);
        }
        finally
        {
            Environment.SetEnvironmentVariable($"{Prefix}Deployments__0__Endpoint", null);
            Environment.SetEnvironmentVariable($"{Prefix}Deployments__0__Prices__In", null);
        }
    }

    internal static LargeModelOptions Bound(IConfiguration configuration)
    {
        var services = new ServiceCollection();
        services.AddLargeModelProviders(configuration, _ => throw new InvalidOperationException());
        using var built = services.BuildServiceProvider();
        return built.GetRequiredService<IOptions<LargeModelOptions>>().Value;
    }

    internal static IConfiguration Section(string section)
    {
        var text = Encoding.UTF8.GetBytes($$"""{ "PerCall": { "OpenAI": {{section}} } }""");
        return new ConfigurationBuilder().AddJsonStream(new MemoryStream(text)).Build();
    }

    private static IReadOnlyList<string> Faults(string section)
    {
        try
        {
            Bound(Section(section));
            return [];
        }
        catch (OptionsValidationException e)
        {
            return [.. e.Failures];
        }
    }
}
