using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using PerCall.Testing;
using Xunit;

namespace PerCall.EndToEnd.Batches;

/// <summary>Runs OpenAI's own client for Node.js: <c>tools/openai-client</c>.</summary>
internal static class OpenAiClient
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tools", "openai-client");
    private static readonly SemaphoreSlim Installing = new(1);

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
    public static async Task<JsonNode> RunScriptAsync(Uri service, string key, params string[] arguments)
    {
        await InstallAsync();
        return JsonNode.Parse(await NodeAsync("node", arguments, new Uri(service, "v1").ToString(), key))!;
    }

    private static async Task InstallAsync()
    {
        await Installing.WaitAsync(Cancellation);
        try
        {
            if (!Directory.Exists(Path.Combine(Folder, "node_modules", "openai")))
            {
                await NodeAsync("npm", ["ci", "--no-audit", "--no-fund"]);
            }
        }
        finally
        {
            Installing.Release();
        }
    }

    private static async Task<string> NodeAsync(string command, string[] arguments, string? address = null, string? key = null)
    {
        var start =
            new ProcessStartInfo(command, arguments)
            {
                WorkingDirectory = Folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true
            };
        start.Environment["OPENAI_BASE_URL"] = address;
        start.Environment["OPENAI_API_KEY"] = key;
        using var process = Process.Start(start)!;
        try
        {
            var (output, errors) = (
                process.StandardOutput.ReadToEndAsync(Cancellation), process.StandardError.ReadToEndAsync(Cancellation));
            await process.WaitForExitAsync(Cancellation).WaitAsync(ProcessOutput.StartPatience, Cancellation);
            Assert.True(process.ExitCode == 0, $"{command} has failed: {await errors}{await output}");
            return await output;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
