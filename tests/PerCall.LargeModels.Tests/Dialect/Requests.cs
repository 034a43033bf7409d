using System.Text;
using System.Text.Json.Nodes;
using PerCall.LargeModels.Dialect;
using PerCall.LargeModels.Routes;
using PerCall.LargeModels.Tests.Tokens;
using Xunit;

namespace PerCall.LargeModels.Tests.Dialect;

/// <summary>Routes and requests for tests.</summary>
internal static class Requests
{
    public static readonly CallLimits Unlimited = new(null, 10_000_000);

    public static LargeModelRoute Route(
        string model = "gpt-4o",
        TokenizerKind tokenizer = TokenizerKind.O200kBase,
        int context = 10_000,
        int output = 1000,
        string field = "max_completion_tokens",
        params LargeModelEndpoint[] endpoints) => new()
        {
            Model = model,
            Tokenizer = tokenizer,
            ContextTokens = context,
            MaxOutputTokens = output,
            OutputField = field,
            Endpoints = endpoints.Length > 0 ? endpoints : Enum.GetValues<LargeModelEndpoint>(),
            Deployments = [new() { Name = "a", Kind = DeploymentKind.OpenAi, Endpoint = new("https://example.com/v1"), Target = "house" }],
        };

    public static JsonObject Body(string json) => RequestBody.Parse(Encoding.UTF8.GetBytes(json));

    /// <summary>Checks a chat completion with one message, and more members.</summary>
    public static CallFacts Chat(string members, LargeModelRoute? route = null, CallLimits? limits = null) =>
        Chat(members, out _, route, limits);

    public static CallFacts Chat(string members, out JsonObject body, LargeModelRoute? route = null, CallLimits? limits = null)
    {
        body = Body("{\"model\":\"gpt-4o\"," + (members.Contains("\"messages\"", StringComparison.Ordinal)
            ? members
            : "\"messages\":[{\"role\":\"user\",\"content\":\"hello world\"}]" + (members.Length > 0 ? "," : "") + members) + "}");
        return RequestChecks.Check(LargeModelEndpoint.ChatCompletions, body, route ?? Route(), limits ?? Unlimited);
    }

    public static CallFacts Content(string part, LargeModelRoute? route = null, CallLimits? limits = null) =>
        Chat($$"""
            "messages":[{"role":"user","content":[{{part}}]}]
            """, route, limits);

    public static CallFacts Responses(string members, LargeModelRoute? route = null, CallLimits? limits = null) =>
        Responses(members, out _, route, limits);

    public static CallFacts Responses(string members, out JsonObject body, LargeModelRoute? route = null, CallLimits? limits = null)
    {
        body = Body("{\"model\":\"gpt-4o\"," + (members.Contains("\"input\":", StringComparison.Ordinal)
            ? members
            : "\"input\":\"hello world\"," + members) + "}");
        return RequestChecks.Check(LargeModelEndpoint.Responses, body, route ?? Route(), limits ?? Unlimited);
    }

    public static CallFacts Embeddings(string input, LargeModelRoute? route = null) =>
        RequestChecks.Check(LargeModelEndpoint.Embeddings, Body($$"""{"input":{{input}}}"""), route ?? Route(), Unlimited);

    public static CallFacts Moderations(string input) =>
        RequestChecks.Check(LargeModelEndpoint.Moderations, Body($$"""{"input":{{input}}}"""), Route(), Unlimited);

    public static LargeModelRefusedException Refused(Func<CallFacts> call, string code, string? param, int status = 400)
    {
        var refused = Assert.Throws<LargeModelRefusedException>(() => call());
        Assert.Equal((code, param, status), (refused.Code, refused.Param, refused.Status));
        return refused;
    }

    public static string PngUrl(int width, int height) => "data:image/png;base64," + Convert.ToBase64String(ImageFiles.Png(width, height));
}
