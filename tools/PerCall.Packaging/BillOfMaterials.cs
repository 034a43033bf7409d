using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PerCall.Packaging;

/// <summary>Writes a CycloneDX 1.6 document. It has no time in it: the same packages are the same file.</summary>
internal static class BillOfMaterials
{
    /// <summary>As scanners expect it to be called.</summary>
    public const string FileName = "bom.cdx.json";

    private static readonly JsonSerializerOptions Readable =
        new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(string product, string version, IReadOnlyList<ShippedPackage> packages)
    {
        var root = $"{product}@{version}";
        var shipped = packages.Select(p => p.Key).ToHashSet();
        // What nothing shipped asks for, the product does itself; exact enough, and true of packages whose parent is only a name.
        var asked = packages.SelectMany(p => p.Dependencies).ToHashSet();
        var document = new JsonObject
        {
            ["$schema"] = "http://cyclonedx.org/schema/bom-1.6.schema.json",
            ["bomFormat"] = "CycloneDX",
            ["specVersion"] = "1.6",
            ["serialNumber"] = $"urn:uuid:{Identity(root, packages)}",
            ["version"] = 1,
            ["metadata"] = new JsonObject
            {
                ["component"] = new JsonObject { ["type"] = "application", ["bom-ref"] = root, ["name"] = product, ["version"] = version, ["licenses"] = Licence("MIT") },
            },
            ["components"] = new JsonArray([.. packages.Select(Component)]),
            ["dependencies"] = new JsonArray(
            [
                Depends(root, packages.Select(p => p.Key).Where(k => !asked.Contains(k))),
                .. packages.Select(p => Depends(p.Key.Url, p.Dependencies.Where(shipped.Contains))),
            ]),
        };
        return document.ToJsonString(Readable) + "\n";
    }

    private static JsonObject Component(ShippedPackage package)
    {
        var component = new JsonObject
        {
            ["type"] = "library",
            ["bom-ref"] = package.Key.Url,
            ["name"] = package.Id,
            ["version"] = package.Version,
        };
        if (package.Sha512 is { } hash)
        {
            component["hashes"] = new JsonArray(new JsonObject { ["alg"] = "SHA-512", ["content"] = hash });
        }

        component["licenses"] = Licence(package.Licence);
        component["purl"] = package.Key.Url;
        component["properties"] = new JsonArray(
            [.. package.Files.Select(f => new JsonObject { ["name"] = "percall:file", ["value"] = f })]);
        return component;
    }

    private static JsonArray Licence(string expression) =>
        new(
            expression.Contains(' ', StringComparison.Ordinal)
                ? new JsonObject { ["expression"] = expression } : new JsonObject { ["license"] = new JsonObject { ["id"] = expression } });

    private static JsonObject Depends(string reference, IEnumerable<PackageKey> on) =>
        new() { ["ref"] = reference, ["dependsOn"] = new JsonArray([.. on.Select(k => (JsonNode)k.Url)]) };

    private static Guid Identity(string root, IReadOnlyList<ShippedPackage> packages) =>
        new(
            SHA256.HashData(
                Encoding.UTF8.GetBytes(string.Join('\n', packages.Select(p => $"{p.Key.Url} {p.Sha512}").Prepend(root)))).AsSpan(0, 16));
}
