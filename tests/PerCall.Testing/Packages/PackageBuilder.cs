using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace PerCall.Testing.Packages;

/// <summary>
/// Puts a model package together, file by file, so that a test can make one fault in an otherwise good one. The manifest is plain JSON
/// here, as a model owner writes it.
/// </summary>
public sealed class PackageBuilder
{
    private readonly Dictionary<string, byte[]> _files = new(StringComparer.Ordinal);

    public PackageBuilder(JsonObject manifest) => Manifest = manifest;

    /// <summary>Without <c>files</c>: these are filled in from what was added, unless they are given.</summary>
    public JsonObject Manifest { get; }

    public IReadOnlyDictionary<string, byte[]> Files => _files;

    /// <summary>A package that lies in a folder, to be changed.</summary>
    public static PackageBuilder FromFolder(string folder)
    {
        var manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "model.json")))!.AsObject();
        manifest.Remove("files");
        var builder = new PackageBuilder(manifest);
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            var path = Path.GetRelativePath(folder, file).Replace('\\', '/');
            if (path != "model.json")
            {
                builder.Add(path, File.ReadAllBytes(file));
            }
        }

        return builder;
    }

    public PackageBuilder Add(string path, byte[] content)
    {
        _files[path] = content;
        return this;
    }

    public PackageBuilder Add(string path, string content) => Add(path, Encoding.UTF8.GetBytes(content));

    public PackageBuilder Remove(string path)
    {
        _files.Remove(path);
        return this;
    }

    public PackageBuilder With(string name, JsonNode? value)
    {
        Manifest[name] = value;
        return this;
    }

    public byte[] ManifestBytes()
    {
        var manifest = Manifest.DeepClone().AsObject();
        manifest["files"] ??= new JsonObject(
            _files.Select(
                f => KeyValuePair.Create(f.Key, (JsonNode?)JsonValue.Create(Convert.ToHexStringLower(SHA256.HashData(f.Value))))));
        return Encoding.UTF8.GetBytes(manifest.ToJsonString());
    }

    /// <summary>Writes <c>root/name/version</c>, and returns that folder.</summary>
    public string WriteTo(string root)
    {
        var folder = Path.Combine(root, Manifest["name"]!.GetValue<string>(), Manifest["version"]!.GetValue<string>());
        foreach (var (path, content) in _files.Append(new("model.json", ManifestBytes())))
        {
            var file = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, content);
        }

        return folder;
    }

    public byte[] Zip(params (string Name, byte[] Content)[] extra)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in _files.Select(f => (f.Key, f.Value)).Append(("model.json", ManifestBytes())).Concat(extra))
            {
                using var entry = zip.CreateEntry(name, CompressionLevel.Fastest).Open();
                entry.Write(content);
            }
        }

        return stream.ToArray();
    }
}
