using System.IO.Compression;
using System.Runtime.InteropServices;
using PerCall.Testing;
using Xunit;

namespace PerCall.Packaging.Tests;

/// <summary>What <c>azd package</c> does: it publishes the project that azure.yaml names, and makes a ZIP file of the result.</summary>
public sealed class AzdPackageTests : IDisposable
{
    private static readonly string Published = Path.Combine(Repository.Root, "artifacts", "azure", "package");

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Package_AsAzdMakesIt_IsWhatTheEndToEndTestsStart()
    {
        // Publishing takes both cores for long, so a step before the tests does it.
        Assert.SkipUnless(Directory.Exists(Published), $"There is no {Published}: dotnet publish infra/app -c Release");
        Assert.SkipUnless(File.Exists(Repository.Published), $"There is no {Repository.Published}: dotnet build tests/PerCall.EndToEnd");
        Assert.SkipUnless(RuntimeInformation.RuntimeIdentifier.EndsWith("-x64", StringComparison.Ordinal) && OperatingSystem.IsLinux(),
            "The end-to-end tests start another system's build here.");
        var package = _folder.File("package.zip");

        await ZipFile.CreateFromDirectoryAsync(Published, package, Cancellation);

        await using var zip = await ZipFile.OpenReadAsync(package, Cancellation);
        var entries = zip.Entries.Select(e => e.FullName).ToList();
        Assert.Equal(Files(Builds.PublishedFolder), entries.Order(StringComparer.Ordinal));
        // What a Functions host reads; a folder that begins with a dot is easily left out.
        Assert.All(
            (string[])["host.json", "functions.metadata", "worker.config.json", "extensions.json", "PerCall.Functions.dll"], name =>
                Assert.Contains(name, entries));
        Assert.Contains(entries, e => e.StartsWith(".azurefunctions/", StringComparison.Ordinal));
        Assert.DoesNotContain("local.settings.json", entries);
        var program = zip.GetEntry("PerCall.Functions.dll")!;
        Assert.Equal(new FileInfo(Repository.Published).Length, program.Length);
    }

    private static IEnumerable<string> Files(string folder) =>
        Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(folder, f))
            .Order(StringComparer.Ordinal);
}
