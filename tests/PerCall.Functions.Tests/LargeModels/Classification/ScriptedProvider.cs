using System.Text;
using System.Text.Json.Nodes;
using PerCall.LargeModels.Providers;
using PerCall.LargeModels.Routes;

namespace PerCall.Functions.Tests.LargeModels.Classification;

/// <summary>A provider that answers each request as a test says, and records the bodies.</summary>
internal sealed class ScriptedProvider(Func<JsonObject, string> answer) : ILargeModelProvider
{
    public static readonly Deployment Deployment = new()
    {
        Name = "gpt/0",
        Kind = DeploymentKind.OpenAi,
        Endpoint = new("http://localhost/v1"),
        Target = "gpt",
        Prices = new(In: 2_000_000, CachedIn: 1_000_000, Out: 10_000_000, AudioMinute: 0),
    };

    public List<JsonObject> Bodies { get; } = [];

    public Task<ProviderAnswer> SendAsync(ProviderRequest request, CancellationToken cancellation)
    {
        Bodies.Add((JsonObject)request.Body!.DeepClone());
        var body = new MemoryStream(Encoding.UTF8.GetBytes(answer(request.Body!)));
        return Task.FromResult(new ProviderAnswer(Deployment, "application/json", body, body));
    }

    /// <summary>An answer with one message.</summary>
    /// <param name="content">The message's text.</param>
    /// <param name="finish">Why it ended.</param>
    /// <param name="tokens">Its tokens with their probabilities; empty: none are reported.</param>
    public static string Answer(string content, string finish = "stop", params (string Token, double Probability, string Other)[] tokens)
    {
        JsonObject Entry(string token, double probability) => new() { ["token"] = token, ["logprob"] = Math.Log(probability) };
        var logprobs = new JsonArray([.. tokens.Select(t =>
        {
            var entry = Entry(t.Token, t.Probability);
            entry["bytes"] = new JsonArray([.. Encoding.UTF8.GetBytes(t.Token).Select(b => (JsonNode?)b)]);
            entry["top_logprobs"] = t.Other.Length == 0 ? [] : new JsonArray(Entry(t.Other, 1 - t.Probability));
            return (JsonNode?)entry;
        })]);
        return new JsonObject
        {
            ["choices"] = new JsonArray(new JsonObject
            {
                ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = content },
                ["finish_reason"] = finish,
                ["logprobs"] = tokens.Length == 0 ? null : new JsonObject { ["content"] = logprobs },
            }),
            ["usage"] = new JsonObject
            {
                ["prompt_tokens"] = 50,
                ["prompt_tokens_details"] = new JsonObject { ["cached_tokens"] = 20 },
                ["completion_tokens"] = 4,
            },
        }.ToJsonString();
    }
}
