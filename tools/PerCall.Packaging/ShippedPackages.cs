using System.Text.Json;

namespace PerCall.Packaging;

/// <summary>
/// What a folder of a build or a publish holds of packages. The <c>.deps.json</c> files name the packages that were resolved; a package
/// counts as shipped when one of its files is there, since the .NET shared framework and the Functions host bring newer ones of many.
/// </summary>
internal static class ShippedPackages
{
    // Of the one system that is published for; the builds' own folders also have files for others, which nobody is given. The host's
    // extensions come as they are.
    private static readonly string[] Systems = ["linux-x64", "linux", "unix-x64", "unix", "any"];

    /// <returns>In the order of their ids.</returns>
    /// <exception cref="InvalidDataException">There is nothing to read in the folder, or a package has a licence that is not known or not
    /// allowed.</exception>
    public static IReadOnlyList<ShippedPackage> Of(string folder, PackageFolder packages)
    {
        // The extensions of the Functions host are in a separate folder, which plain searches skip because of its name.
        var files = new[] { folder, Path.Combine(folder, ".azurefunctions") }.Where(Directory.Exists).SelectMany(
            f => Directory.GetFiles(f, "*.deps.json")).ToList();
        if (files.Count == 0)
        {
            throw new InvalidDataException($"{folder} has no .deps.json, so it is not a build output folder.");
        }

        var found = new Dictionary<PackageKey, ShippedPackage>();
        var unknown = new List<string>();
        foreach (var file in files)
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            foreach (var package in Read(document.RootElement, folder, Path.GetDirectoryName(file)!, packages, unknown))
            {
                found[package.Key] = found.TryGetValue(package.Key, out var other)
                    ? package with
                    {
                        Files = [.. other.Files.Union(package.Files)],
                        Dependencies = [.. other.Dependencies.Union(package.Dependencies)]
                    }
                    : package;
            }
        }

        return unknown.Count == 0
            ? [.. found.Values.OrderBy(p => p.Id, StringComparer.OrdinalIgnoreCase).ThenBy(p => p.Version, StringComparer.Ordinal)]
            : throw new InvalidDataException(string.Join(' ', unknown.Distinct()));
    }

    private static IEnumerable<ShippedPackage> Read(
        JsonElement root, string folder, string beside, PackageFolder packages, List<string> unknown)
    {
        var target = root.GetProperty("targets").GetProperty(root.GetProperty("runtimeTarget").GetProperty("name").GetString()!);
        var libraries = root.GetProperty("libraries");
        var shipped = target.EnumerateObject()
            .Where(l => libraries.GetProperty(l.Name).GetProperty("type").GetString() == "package")
            .Select(
                l =>
                    (Key: PackageKey.Parse(l.Name), Library: l.Value, Files: Files(l.Value, folder, beside).Where(File.Exists).Select(
                        f => Path.GetRelativePath(folder, f).Replace('\\', '/')).ToList()))
            .Where(l => l.Files.Count > 0)
            .ToDictionary(l => l.Key);
        foreach (var (key, library, files) in shipped.Values)
        {
            if (Licences.Find(key, packages) is not { } licence)
            {
                unknown.Add(Licences.Refusal(key, packages));
                continue;
            }

            yield return new(
                key.Id, key.Version, licence, Hash(libraries.GetProperty($"{key.Id}/{key.Version}")), files,
                [.. Dependencies(library).Where(shipped.ContainsKey)]);
        }
    }

    private static IEnumerable<PackageKey> Dependencies(JsonElement library) =>
        Properties(library, "dependencies").Select(d => new PackageKey(d.Name, d.Value.GetString()!));

    private static IEnumerable<string> Files(JsonElement library, string folder, string beside)
    {
        foreach (var kind in (string[])["runtime", "native"])
        {
            foreach (var asset in Properties(library, kind))
            {
                yield return Path.Combine(beside, Path.GetFileName(asset.Name));
            }
        }

        foreach (var asset in Properties(library, "resources"))
        {
            yield return Path.Combine(beside, asset.Value.GetProperty("locale").GetString()!, Path.GetFileName(asset.Name));
        }

        foreach (var asset in Properties(library, "runtimeTargets").Where(
            a => beside != folder || Systems.Contains(a.Value.GetProperty("rid").GetString())))
        {
            yield return Path.Combine(beside, asset.Name);
        }
    }

    private static JsonElement.ObjectEnumerator Properties(JsonElement library, string name) =>
        library.TryGetProperty(name, out var assets) ? assets.EnumerateObject() : default;

    private static string? Hash(JsonElement library) =>
        library.TryGetProperty("sha512", out var hash) && hash.GetString() is { } text && text.StartsWith(
            "sha512-", StringComparison.Ordinal)
            ? Convert.ToHexStringLower(Convert.FromBase64String(text["sha512-".Length..]))
            : null;
}
