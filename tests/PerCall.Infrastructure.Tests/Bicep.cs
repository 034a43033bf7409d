using System.Text.Json.Nodes;
using PerCall.Testing;
using Xunit;

namespace PerCall.Infrastructure.Tests;

/// <summary>What the compiler makes of <c>infra/</c>.</summary>
internal static class Bicep
{
    private const string Using = "using 'main.bicep'\n";

    public static string Folder { get; } = Path.Combine(Repository.Root, "infra");

    /// <returns>All that it says, a line each.</returns>
    public static async Task<string> LintAsync(string file) =>
        Said(await BicepServer.Shared.AskAsync("bicep/compile", new() { ["path"] = file }));

    /// <summary>A template as Azure gets it.</summary>
    public static async Task<JsonObject> BuildAsync(string file) =>
        JsonNode.Parse((string)(await BicepServer.Shared.AskAsync(
            "bicep/compile", new() { ["path"] = Path.Combine(Folder, file) }))["contents"]!)!.AsObject();

    /// <summary>
    /// What a deployment with these parameters would make: the template with its modules, loops and conditions worked out as Azure does it,
    /// but for what only the resources themselves can tell.
    /// </summary>
    /// <param name="template">In <c>infra/</c>.</param>
    /// <param name="parameters">As in a .bicepparam file.</param>
    /// <param name="server">One with variables; null: without.</param>
    /// <exception cref="RefusedException">It would be refused, or the compiler has something to say of it.</exception>
    public static async Task<Deployment> PredictAsync(string template, string parameters, BicepServer? server = null)
    {
        server ??= BicepServer.Shared;
        // In the repository, because "using" takes relative paths alone.
        var folder = Directory.CreateDirectory(
            Path.Combine(Repository.Root, "artifacts", "infra-tests", Guid.NewGuid().ToString("n"))).FullName;
        try
        {
            var path = Path.Combine(folder, "given.bicepparam");
            await File.WriteAllTextAsync(path, $"using '../../../infra/{template}'\n{parameters}\n");
            if (Said(
                await server.AskAsync(
                    "bicep/compileParams", new() { ["path"] = path, ["parameterOverrides"] = new JsonObject() })) is { Length: > 0 } said)
            {
                throw new RefusedException(said);
            }

            var where =
                new JsonObject
                {
                    ["subscriptionId"] = Deployment.Subscription,
                    ["resourceGroup"] = Deployment.ResourceGroup,
                    ["location"] = "westeurope"
                };
            var answer = await server.AskAsync("bicep/getSnapshot", new() { ["path"] = path, ["metadata"] = where });
            return new(JsonNode.Parse((string)answer["snapshot"]!)!.AsObject());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>What a deployment with one of the repository's own parameter files would make.</summary>
    public static async Task<Deployment> PredictFileAsync(string file, BicepServer? server = null)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Folder, file));
        Assert.StartsWith(Using, text, StringComparison.Ordinal);
        return await PredictAsync("main.bicep", text[Using.Length..], server);
    }

    private static string Said(JsonObject answer) =>
        string.Join('\n', answer["diagnostics"]!.AsArray().Select(d => $"{d!["source"]}: {d["level"]} {d["code"]}: {d["message"]}"));
}
