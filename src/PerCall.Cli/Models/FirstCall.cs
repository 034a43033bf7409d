using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using PerCall.Client;
using PerCall.Client.Wire;
using PerCall.Inference.Packages;

namespace PerCall.Cli.Models;

/// <summary>Calls a published model with the first golden example of its package, as a tenant.</summary>
internal static class FirstCall
{
    private const int Shown = 600;

    /// <exception cref="PerCallException">The service refused the call.</exception>
    public static async Task MakeAsync(
        Uri address, string key, string folder, PublishedModel model, TextWriter output, CancellationToken cancellation)
    {
        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, ModelManifest.FileName), cancellation))!;
        var line = File.ReadLines(Path.Combine(folder, (string)manifest["golden"]!)).First();
        using var http = new HttpClient { BaseAddress = address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var request = await RequestAsync(
            manifest, $"{model.Id}/{model.Version}", JsonNode.Parse(line)!.AsObject(), folder, cancellation);
        using var response = await http.SendAsync(request, cancellation);
        var answer = await response.Content.ReadAsStringAsync(cancellation);
        if (!response.IsSuccessStatusCode)
        {
            throw new HttpRequestException($"{request.RequestUri} answered {(int)response.StatusCode}: {answer}");
        }

        await output.WriteLineAsync($"POST {new Uri(address, request.RequestUri!)}");
        await output.WriteLineAsync(answer.Length <= Shown ? answer : answer[..Shown] + "…");
        await output.WriteLineAsync(
            $"Charged: {Header(response, "x-percall-cost")} micro-units for {Header(response, "x-percall-units")} unit(s).");
    }

    private static async Task<HttpRequestMessage> RequestAsync(
        JsonNode manifest, string model, JsonObject example, string folder, CancellationToken cancellation)
    {
        JsonObject Body(string member, JsonNode? value) => new() { ["model"] = model, [member] = value?.DeepClone() };
        var text = example["text"];
        var picture = (string?)example["image"] is { } image
            ? await File.ReadAllBytesAsync(Path.Combine(folder, image), cancellation) : null;
        return (string)manifest["task"]! switch
        {
            "image-classification" => Picture("v1/images/classify", model, picture!),
            "object-detection" => Picture("v1/images/detect", model, picture!),
            "image-segmentation" => Picture("v1/images/segment", model, picture!),
            "text-classification" when example["pair"] is null => Json("v1/text/classify", Body("input", text)),
            "token-classification" => Json("v1/text/tokens", Body("input", text)),
            "embedding" => Json("v1/embeddings", Body("input", text)),
            "text-classification" => Json(
                "v1/text/classify",
                new() { ["model"] = model, ["input"] = text?.DeepClone(), ["candidate_labels"] = new JsonArray("delivery", "weather") }),
            "text-ranking" => Json(
                "v1/rerank",
                new() { ["model"] = model, ["query"] = text?.DeepClone(), ["documents"] = new JsonArray(example["pair"]!.DeepClone()) }),
            "table-prediction" => Json("v1/tables/predict", Body("rows", new JsonArray(example["row"]!.DeepClone()))),
            "tensors" => Json($"v2/models/{model.Replace("/", "/versions/", StringComparison.Ordinal)}/infer", Tensors(manifest, example)),
            _ => Json(
                "v1/predict",
                picture is not null ? Body("image", Convert.ToBase64String(picture))
                : example["row"] is { } row ? Body("rows", new JsonArray(row.DeepClone()))
                : example["pair"] is { } pair
                    ? Body("pairs", new JsonArray(new JsonObject { ["text"] = text!.DeepClone(), ["pair"] = pair.DeepClone() }))
                : Body("input", text)),
        };
    }

    private static JsonObject Tensors(JsonNode manifest, JsonObject example) => new()
    {
        ["inputs"] = new JsonArray([.. example["tensors"]!.AsObject().Select(t => (JsonNode)new JsonObject
        {
            ["name"] = t.Key,
            ["datatype"] = Datatype((string)manifest["inputs"]!.AsArray().First(i => (string)i!["name"]! == t.Key)!["type"]!),
            ["shape"] = t.Value!["shape"]!.DeepClone(),
            ["data"] = t.Value!["data"]!.DeepClone(),
        })]),
    };

    /// <summary>Returns the name of an element type in the Open Inference Protocol.</summary>
    private static string Datatype(string type) => type switch
    {
        "string" => "BYTES",
        _ => type.Replace("float", "FP", StringComparison.Ordinal).ToUpperInvariant(),
    };

    private static HttpRequestMessage Json(string path, JsonObject body) => new(HttpMethod.Post, new Uri(path, UriKind.Relative))
    {
        Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"),
    };

    private static HttpRequestMessage Picture(string path, string model, byte[] picture) =>
        new(HttpMethod.Post, new Uri($"{path}?model={Uri.EscapeDataString(model)}", UriKind.Relative))
        {
            Content = new ByteArrayContent(picture) { Headers = { ContentType = new("application/octet-stream") } },
        };

    private static string Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : "?";
}
