using PerCall.Testing;
using Xunit;

namespace PerCall.Packaging.Tests;

/// <summary>What is shipped, as it was built beside the tests.</summary>
internal static class Builds
{
    /// <summary>The service as it is published, with the Functions host's extensions.</summary>
    public static string PublishedFolder { get; } = Path.GetDirectoryName(Repository.Published)!;

    public static IReadOnlyList<ShippedPackage> Service() => Of("PerCall.Functions", "PerCall.Functions");

    public static IReadOnlyList<ShippedPackage> Commands() =>
        [.. Of("PerCall.Cli", "percall").Concat(
            Of("PerCall.Training", "PerCall.Training")).DistinctBy(p => p.Key).OrderBy(p => p.Id, StringComparer.OrdinalIgnoreCase)];

    public static IReadOnlyList<ShippedPackage> Published()
    {
        Assert.SkipUnless(
            File.Exists(Path.Combine(PublishedFolder, BillOfMaterials.FileName)),
            $"There is no {PublishedFolder}: dotnet build tests/PerCall.EndToEnd");
        return ShippedPackages.Of(PublishedFolder, PackageFolder.Default);
    }

    private static IReadOnlyList<ShippedPackage> Of(string project, string assembly)
    {
        // Of the one program alone: folders of builds also hold those of references.
        using var folder = new TemporaryFolder();
        var built = Path.GetDirectoryName(Repository.Assembly(project))!;
        File.Copy(Path.Combine(built, $"{assembly}.deps.json"), Path.Combine(folder.Path, $"{assembly}.deps.json"));
        foreach (var file in Directory.GetFiles(
            built, "*", SearchOption.AllDirectories).Where(f => !f.EndsWith(".json", StringComparison.Ordinal)))
        {
            var target = Path.Combine(folder.Path, Path.GetRelativePath(built, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.CreateSymbolicLink(target, file);
        }

        return ShippedPackages.Of(folder.Path, PackageFolder.Default);
    }
}
