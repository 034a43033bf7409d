using System.Text.Json;
using System.Text.Json.Nodes;
using PerCall.Inference.LargeModels;
using PerCall.LargeModels.Dialect;
using PerCall.LargeModels.Routes;

namespace PerCall.Functions.LargeModels.Classification;

/// <summary>Writes questions as chat completions whose answer is bound to the labels by a JSON schema.</summary>
public static class LabelRequests
{
    /// <summary>The most that OpenAI's API allows.</summary>
    private const int TopTokens = 20;

    private const string Label = "label";

    /// <summary>
    /// Fields that some models refuse, for example those that reason. The answer is then less certain, or has no probabilities.
    /// </summary>
    public static readonly IReadOnlyList<string> Optional = ["temperature", "top_logprobs", "logprobs"];

    /// <param name="question">The question.</param>
    /// <param name="route">The route of the large model.</param>
    /// <param name="refused">Fields of <see cref="Optional"/> that the model refuses; they are left out.</param>
    public static JsonObject Of(LabelQuestion question, LargeModelRoute route, IReadOnlyCollection<string> refused)
    {
        var messages = new JsonArray(Message("system", question.Instructions));
        foreach (var example in question.Examples)
        {
            messages.Add(Message("user", ContentOf(example.Input)));
            messages.Add(Message("assistant", new JsonObject { [Label] = example.Label }.ToJsonString()));
        }

        messages.Add(Message("user", ContentOf(question.Input)));
        var body = new JsonObject
        {
            ["model"] = question.Model,
            ["messages"] = messages,
            ["response_format"] = Format(question.Labels),
            [route.OutputField] = Math.Min(question.MaxOutputTokens, route.MaxOutputTokens),
            ["temperature"] = 0,
            ["logprobs"] = true,
            ["top_logprobs"] = TopTokens,
        };
        foreach (var field in refused)
        {
            body.Remove(field);
        }

        // Read back, because the checks expect a body as a caller sends it.
        return RequestBody.Parse(JsonSerializer.SerializeToUtf8Bytes(body));
    }

    private static JsonObject Message(string role, JsonNode content) => new() { ["role"] = role, ["content"] = content };

    private static JsonNode ContentOf(LabelInput input) => input.Image is { } image
        ? new JsonArray(new JsonObject { ["type"] = "image_url", ["image_url"] = new JsonObject { ["url"] = image } })
        : input.Text!;

    private static JsonObject Format(IReadOnlyList<string> labels) => new()
    {
        ["type"] = "json_schema",
        ["json_schema"] = new JsonObject
        {
            ["name"] = Label,
            ["strict"] = true,
            ["schema"] = new JsonObject
            {
                ["type"] = "object",
                ["properties"] = new JsonObject
                {
                    [Label] = new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. labels.Select(l => (JsonNode?)l)]) },
                },
                ["required"] = new JsonArray(Label),
                ["additionalProperties"] = false,
            },
        },
    };
}
