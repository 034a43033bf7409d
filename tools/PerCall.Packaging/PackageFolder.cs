using System.Xml.Linq;

namespace PerCall.Packaging;

/// <summary>NuGet's folder of unpacked packages.</summary>
internal sealed class PackageFolder(string path)
{
    /// <summary>Where it is for who has not moved it.</summary>
    public static PackageFolder Default { get; } = new(
        Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages"));

    /// <summary>What the package says of its licence: an SPDX expression, the name of a file in it, or an address.</summary>
    /// <exception cref="FileNotFoundException">The package is not there.</exception>
    public string StatedLicence(PackageKey package)
    {
        var metadata = Metadata(package);
        return (Named(metadata, "license") ?? Named(metadata, "licenseUrl"))?.Value.Trim() ?? "";
    }

    /// <returns>Null: it is no file of the package.</returns>
    public string? LicenceText(PackageKey package) =>
        Named(Metadata(package), "license") is { } licence && licence.Attribute("type")?.Value == "file" ? File.ReadAllText(
            Path.Combine(FolderOf(package), licence.Value.Trim().Replace('\\', '/'))) : null;

    private string FolderOf(PackageKey package) => Path.Combine(path, package.Id.ToLowerInvariant(), package.Version.ToLowerInvariant());

    private XElement Metadata(PackageKey package) =>
        Named(XDocument.Load(Path.Combine(FolderOf(package), $"{package.Id.ToLowerInvariant()}.nuspec")).Root!, "metadata")!;

    // The namespace is another for each age of the format.
    private static XElement? Named(XElement parent, string name) => parent.Elements().FirstOrDefault(e => e.Name.LocalName == name);
}
