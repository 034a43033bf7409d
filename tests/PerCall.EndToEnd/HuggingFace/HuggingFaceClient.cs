using System.Text.Json;
using System.Text.Json.Nodes;
using PerCall.Testing;
using Xunit;

namespace PerCall.EndToEnd.HuggingFace;

/// <summary>Runs Hugging Face's own client for Node.js: <c>tools/huggingface-client</c>.</summary>
internal static class HuggingFaceClient
{
    private static readonly NodeTool Tool = new("huggingface-client", Path.Combine("@huggingface", "inference"));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A call of the client.</summary>
    /// <param name="method">The client's method.</param>
    /// <param name="path">The path of the endpoint.</param>
    /// <param name="args">The method's arguments as JSON.</param>
    public static JsonObject Call(string method, string path, string args = "{}") =>
        new() { ["method"] = method, ["path"] = path, ["args"] = JsonNode.Parse(args) };

    /// <summary>A call with a picture.</summary>
    /// <param name="method">The client's method.</param>
    /// <param name="path">The path of the endpoint.</param>
    /// <param name="file">The file with the picture.</param>
    /// <param name="sent">Sent as <c>blob</c>, as <c>bytes</c>, or as <c>data</c>.</param>
    public static JsonObject Picture(string method, string path, string file, string sent = "blob") => new()
    {
        ["method"] = method,
        ["path"] = path,
        ["picture"] = new JsonObject { ["path"] = file, ["as"] = sent, ["type"] = sent == "blob" ? "image/png" : "" },
    };

    /// <summary>Makes calls, one after another.</summary>
    /// <returns>For each what the client returned as <c>answer</c>, or threw as <c>error</c>.</returns>
    public static async Task<IReadOnlyList<JsonNode>> RunAsync(Uri service, string key, params JsonObject[] calls)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("calls.json");
        await File.WriteAllTextAsync(path, JsonSerializer.Serialize(calls), Cancellation);
        var seen = await Tool.RunAsync(["calls.mjs", path], ("PERCALL_ADDRESS", service.ToString()), ("PERCALL_KEY", key));
        return [.. seen.AsArray().Select(s => s!)];
    }

    /// <summary>Makes calls that the client has to return an answer for.</summary>
    public static async Task<IReadOnlyList<JsonNode>> AnswersAsync(Uri service, string key, params JsonObject[] calls)
    {
        var seen = await RunAsync(service, key, calls);
        Assert.All(seen, s => Assert.True(s["error"] is null, s.ToJsonString()));
        return [.. seen.Select(s => s["answer"]!)];
    }
}
