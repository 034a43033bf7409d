using System.Text.Json;
using System.Text.Json.Nodes;
using PerCall.Testing;
using Xunit;

namespace PerCall.EndToEnd.Batches;

/// <summary>Runs OpenAI's own client for Node.js: <c>tools/openai-client</c>.</summary>
internal static class OpenAiClient
{
    private static readonly NodeTool Tool = new("openai-client", "openai");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A line of a batch file.</summary>
    public static string Row(int number) => JsonSerializer.Serialize(
        new
        {
            custom_id = $"row-{number}",
            method = "POST",
            url = "/v1/text/classify",
            body = new { model = "spam", input = $"Message number {number}, with an offer." }
        });

    /// <summary>Runs a task of <c>batches.mjs</c> on a file of rows.</summary>
    /// <param name="service">The service's address.</param>
    /// <param name="key">The key.</param>
    /// <param name="what">The task.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="endpoint">The batch's endpoint.</param>
    /// <returns>What the client saw.</returns>
    public static async Task<JsonNode> RunAsync(
        Uri service, string key, string what, string[] rows, string endpoint = "/v1/text/classify")
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("rows.jsonl");
        await File.WriteAllLinesAsync(path, rows, Cancellation);
        return await RunScriptAsync(service, key, "batches.mjs", what, path, endpoint);
    }

    /// <summary>Runs one of the folder's scripts.</summary>
    /// <returns>What the client saw.</returns>
    public static Task<JsonNode> RunScriptAsync(Uri service, string key, params string[] arguments) =>
        Tool.RunAsync(arguments, ("OPENAI_BASE_URL", new Uri(service, "v1").ToString()), ("OPENAI_API_KEY", key));
}
