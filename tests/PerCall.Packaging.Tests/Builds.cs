using PerCall.Testing;
using Xunit;

namespace PerCall.Packaging.Tests;

/// <summary>What is shipped, as it was built beside the tests.</summary>
internal static class Builds
{
    /// <summary>The package for Azure, where <c>dotnet publish infra/app</c> puts it.</summary>
    public static string AzureFolder { get; } = Path.Combine(Repository.Root, "artifacts", "azure", "package");

    public static bool HasAzure => File.Exists(Path.Combine(AzureFolder, BillOfMaterials.FileName));

    public static IReadOnlyList<ShippedPackage> Service() => Of("PerCall.Functions", "PerCall.Functions");

    public static IReadOnlyList<ShippedPackage> Commands() =>
        [.. Of("PerCall.Cli", "percall").Concat(Of("PerCall.Training", "PerCall.Training")).DistinctBy(p => p.Key).OrderBy(p => p.Id, StringComparer.OrdinalIgnoreCase)];

    public static IReadOnlyList<ShippedPackage> Azure()
    {
        Assert.SkipUnless(HasAzure, $"There is no {AzureFolder}: dotnet publish infra/app");
        return ShippedPackages.Of(AzureFolder, PackageFolder.Default);
    }

    private static IReadOnlyList<ShippedPackage> Of(string project, string assembly)
    {
        // Of the one program alone: folders of builds also hold those of references.
        using var folder = new TemporaryFolder();
        var built = Path.GetDirectoryName(Repository.Assembly(project))!;
        File.Copy(Path.Combine(built, $"{assembly}.deps.json"), Path.Combine(folder.Path, $"{assembly}.deps.json"));
        foreach (var file in Directory.GetFiles(built, "*", SearchOption.AllDirectories).Where(f => !f.EndsWith(".json", StringComparison.Ordinal)))
        {
            var target = Path.Combine(folder.Path, Path.GetRelativePath(built, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.CreateSymbolicLink(target, file);
        }

        return ShippedPackages.Of(folder.Path, PackageFolder.Default);
    }
}
