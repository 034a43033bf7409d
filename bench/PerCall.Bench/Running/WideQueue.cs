using System.Text.Json.Nodes;
using PerCall.Testing;

namespace PerCall.Bench.Running;

/// <summary>
/// A package with room for more waiting calls than it is shipped with, so that many connections are served and not told 503.
/// </summary>
internal static class WideQueue
{
    private const int Waiting = 1024;

    /// <param name="package">Folder of a package: <c>name/version</c>.</param>
    /// <param name="into">Becomes a folder of packages with this one.</param>
    public static void Copy(string package, TemporaryFolder into)
    {
        var folder = Path.Combine(into.Path, Path.GetFileName(Path.GetDirectoryName(package))!, Path.GetFileName(package));
        foreach (var file in Directory.EnumerateFiles(package, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(folder, Path.GetRelativePath(package, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        var manifest = Path.Combine(folder, "model.json");
        var json = JsonNode.Parse(File.ReadAllText(manifest))!.AsObject();
        (json["limits"] ??= new JsonObject())["queue"] = Waiting;
        File.WriteAllText(manifest, json.ToJsonString());
    }
}
