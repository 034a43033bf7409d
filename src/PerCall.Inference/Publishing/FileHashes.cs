using System.Text.Json;
using System.Text.Json.Nodes;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;

namespace PerCall.Inference.Publishing;

/// <summary>Writes the hashes that a manifest leaves out, so that owners need not compute them.</summary>
public static class FileHashes
{
    private const string Member = "files";

    /// <summary>
    /// Completes <c>files</c> in <c>model.json</c>: all files of the folder if the member is absent, otherwise the hashes that are null.
    /// A file with other errors stays as it is, because the verification reports them.
    /// </summary>
    public static async Task CompleteAsync(string folder, CancellationToken cancellation)
    {
        var path = Path.Combine(folder, ModelManifest.FileName);
        if (!File.Exists(path) || Parse(await File.ReadAllBytesAsync(path, cancellation)) is not { } manifest)
        {
            return;
        }

        var files = manifest[Member] as JsonObject;
        if (files is null && manifest.ContainsKey(Member))
        {
            return;
        }

        string[] open = files is null
            ? [.. PackageFiles.In(folder).Where(f => f != ModelManifest.FileName)]
            : [.. files.Where(f => f.Value is null && ModelNames.IsSafePath(f.Key)).Select(f => f.Key)];
        manifest[Member] ??= files = [];
        foreach (var file in open.Where(f => File.Exists(Path.Combine(folder, f))))
        {
            files![file] = await PackageFiles.HashAsync(Path.Combine(folder, file), report: null, cancellation);
        }

        if (open.Length > 0)
        {
            await File.WriteAllTextAsync(path, manifest.ToJsonString(ManifestJson.Indented), cancellation);
        }
    }

    private static JsonObject? Parse(byte[] utf8)
    {
        try
        {
            return JsonNode.Parse(utf8, documentOptions: new() { AllowDuplicateProperties = false, MaxDepth = 16 }) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
