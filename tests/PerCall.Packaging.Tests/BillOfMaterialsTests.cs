using System.Text.Json;
using Xunit;

namespace PerCall.Packaging.Tests;

/// <summary>The list of what is shipped, as CycloneDX readers need it.</summary>
public sealed class BillOfMaterialsTests
{
    // Of Microsoft.Azure.Functions.Worker.Sdk, which puts the one there by itself and makes the other of the list of extensions.
    private static readonly string[] OfTheWorkerSdk = [".azurefunctions/Microsoft.Azure.WebJobs.Extensions.FunctionMetadataLoader.dll",
        ".azurefunctions/Microsoft.Azure.Functions.Worker.Extensions.dll"];

    [Fact]
    public void Write_TheService_NamesEachPackageWithUrlLicenceAndHash()
    {
        var packages = Builds.Service();

        using var document = JsonDocument.Parse(BillOfMaterials.Write("PerCall.Functions", "0.1.0", packages));

        var root = document.RootElement;
        Assert.Equal(("CycloneDX", "1.6"), (root.GetProperty("bomFormat").GetString(), root.GetProperty("specVersion").GetString()));
        Assert.Matches("^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", root.GetProperty("serialNumber").GetString());
        var components = root.GetProperty("components").EnumerateArray().ToList();
        Assert.Equal(packages.Select(p => p.Key.Url), components.Select(c => c.GetProperty("purl").GetString()));
        Assert.All(components, c => Assert.Matches("^[0-9a-f]{128}$", c.GetProperty("hashes")[0].GetProperty("content").GetString()));
        Assert.All(components, c => Assert.NotEqual(0, c.GetProperty("licenses").GetArrayLength()));
        // Code of its own, native code alone, and one that only another one needs.
        Assert.All(
            (string[])["NCrontab", "Microsoft.ML.OnnxRuntime", "SkiaSharp.NativeAssets.Linux.NoDependencies", "Azure.Core"], id =>
                Assert.Contains(packages, p => p.Id == id));
        Assert.DoesNotContain(
            packages, p =>
                p.Id is "Grpc.Tools" or "Microsoft.CodeAnalysis.BannedApiAnalyzers" or "SkiaSharp.NativeAssets.Win32"
                    or "SkiaSharp.NativeAssets.macOS");
    }

    [Fact]
    public void Write_TheService_ReachesEachPackageFromTheProduct()
    {
        using var document = JsonDocument.Parse(BillOfMaterials.Write("PerCall.Functions", "0.1.0", Builds.Service()));
        var graph = document.RootElement.GetProperty("dependencies").EnumerateArray()
            .ToDictionary(
                d => d.GetProperty("ref").GetString()!, d =>
                    d.GetProperty("dependsOn").EnumerateArray().Select(r => r.GetString()!).ToList());

        var reached = new HashSet<string>();
        var open = new Stack<string>(["PerCall.Functions@0.1.0"]);
        while (open.TryPop(out var at))
        {
            graph[at].Where(reached.Add).ToList().ForEach(open.Push);
        }

        Assert.Equal(
            document.RootElement.GetProperty("components").EnumerateArray().Select(
                c => c.GetProperty("bom-ref").GetString()!).Order(StringComparer.Ordinal), reached.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Write_SamePackages_IsTheSameText() =>
        Assert.Equal(
            BillOfMaterials.Write("PerCall.Functions", "0.1.0", Builds.Service()),
            BillOfMaterials.Write("PerCall.Functions", "0.1.0", Builds.Service()));

    [Fact]
    public void Published_Bill_ListsWhatIsInTheFolder()
    {
        var packages = Builds.Published();

        Assert.Equal(
            BillOfMaterials.Write("PerCall.Functions", "0.1.0", packages),
            File.ReadAllText(Path.Combine(Builds.PublishedFolder, BillOfMaterials.FileName)));
        // The host's extensions are in another folder, for another runtime.
        Assert.Contains(
            packages, p =>
                p.Id == "Microsoft.Azure.WebJobs.Extensions.Storage.Queues" && p.Files.All(
                    f => f.StartsWith(".azurefunctions/", StringComparison.Ordinal)));
        Assert.All(packages.SelectMany(p => p.Files), f => Assert.True(File.Exists(Path.Combine(Builds.PublishedFolder, f)), f));
    }

    [Fact]
    public void Published_Assemblies_EachBelongToAPackageOrToPerCall()
    {
        var known = Builds.Published().SelectMany(p => p.Files).ToHashSet();

        var others = Directory.GetFiles(Builds.PublishedFolder, "*", SearchOption.AllDirectories)
            .Where(f => Path.GetExtension(f) is ".dll" or ".so").Select(
                f => Path.GetRelativePath(Builds.PublishedFolder, f).Replace('\\', '/'))
            .Where(f => !known.Contains(f) && !Path.GetFileName(f).StartsWith("PerCall.", StringComparison.Ordinal)).ToList();

        Assert.Equal(OfTheWorkerSdk.Order(StringComparer.Ordinal), others.Order(StringComparer.Ordinal));
    }
}
