using System.Text.Json;
using System.Text.Json.Nodes;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Deriving;

/// <summary>The files beside a graph.</summary>
internal sealed class ModelFolder
{
    private const int MaxFiles = 10_000;
    private const long MaxJsonBytes = 64 << 20;

    private readonly Dictionary<string, JsonObject?> _named = new(StringComparer.Ordinal);

    /// <exception cref="PackageRefusedException">The folder has more files than a model has.</exception>
    public ModelFolder(string path)
    {
        Path = path;
        Files =
        [
            .. Directory.EnumerateFiles(path, "*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 3 })
                .Take(MaxFiles + 1)
                .Select(f => System.IO.Path.GetRelativePath(path, f).Replace('\\', '/'))
                .OrderBy(f => f.Count(c => c == '/')).ThenBy(f => f, StringComparer.Ordinal),
        ];
        if (Files.Count > MaxFiles)
        {
            throw new PackageRefusedException([new(path, $"has more than {MaxFiles:N0} files; give the folder of one model.")]);
        }
    }

    public string Path { get; }

    /// <summary>The configuration of a model of Transformers; null if the file is absent.</summary>
    public JsonObject? Config => Json("config.json");

    /// <summary>The class of a model of Transformers, for example <c>ViTForImageClassification</c>; empty if unknown.</summary>
    public string Architecture => (string?)(Config?["architectures"] as JsonArray)?.FirstOrDefault() ?? "";

    /// <summary>All files, those nearest to the root first, as paths with <c>/</c>.</summary>
    public IReadOnlyList<string> Files { get; }

    public string Full(string file) => System.IO.Path.Combine(Path, file);

    /// <summary>Returns the file of the first name that is present, nearest to the root; null if none is present.</summary>
    public string? Find(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (Files.FirstOrDefault(f => f == name || f.EndsWith($"/{name}", StringComparison.Ordinal)) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    /// <summary>Returns the object in a file, which is read once; null if the file is absent.</summary>
    /// <exception cref="PackageRefusedException">The file is not a JSON object.</exception>
    public JsonObject? Json(string name)
    {
        if (!_named.TryGetValue(name, out var found))
        {
            found = Find(name) is { } file
                ? Read(file) as JsonObject ?? throw new PackageRefusedException([new(file, "is not a JSON object.")])
                : null;
            _named[name] = found;
        }

        return found;
    }

    /// <summary>Returns the JSON in a file; null if it is too long or something else.</summary>
    /// <exception cref="PackageRefusedException">The file is not JSON.</exception>
    public JsonNode? Read(string file)
    {
        if (new FileInfo(Full(file)).Length > MaxJsonBytes)
        {
            return null;
        }

        try
        {
            using var stream = File.OpenRead(Full(file));
            return JsonNode.Parse(stream);
        }
        catch (JsonException e)
        {
            throw new PackageRefusedException([new(file, $"is not JSON: {JsonWords.Of(e)} (line {e.LineNumber + 1}).")]);
        }
    }
}
