using System.Diagnostics;
using System.IO.Compression;
using System.Runtime.InteropServices;
using PerCall.Testing;
using Xunit;

namespace PerCall.Packaging.Tests;

/// <summary>What <c>azd package</c> does: it publishes the project that azure.yaml names, and makes a ZIP file of the result.</summary>
public sealed class AzdPackageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Package_AsAzdMakesIt_IsWhatTheEndToEndTestsStart()
    {
        // The publish continues from theirs, which takes a fifth of the time.
        Assert.SkipUnless(File.Exists(Repository.Published), $"There is no {Repository.Published}: dotnet build tests/PerCall.EndToEnd");
        Assert.SkipUnless(RuntimeInformation.RuntimeIdentifier.EndsWith("-x64", StringComparison.Ordinal) && OperatingSystem.IsLinux(),
            "The end-to-end tests start another system's build here.");
        var output = _folder.File("output");
        var package = _folder.File("package.zip");

        await RunAsync("publish", Path.Combine(Repository.Root, "infra", "app", "PerCall.App.csproj"), "-c", "Release", "--output", output);
        await ZipFile.CreateFromDirectoryAsync(output, package, Cancellation);

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

    private static async Task RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        // The test's own host has set these for itself.
        foreach (var name in start.Environment.Keys.Where(
            k => k.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)
                || k.StartsWith("VSTEST", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        using var process = Process.Start(start)!;
        var (output, faults) = (process.StandardOutput.ReadToEndAsync(Cancellation), process.StandardError.ReadToEndAsync(Cancellation));
        await process.WaitForExitAsync(Cancellation);
        Assert.True(process.ExitCode == 0, $"dotnet {string.Join(' ', arguments)}: {await output}{await faults}");
    }
}
