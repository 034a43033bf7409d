using PerCall.Inference.Images;
using PerCall.Inference.Publishing;
using PerCall.Inference.Registry;
using PerCall.Testing;
using Xunit;

namespace PerCall.Inference.Tests.Publishing;

/// <summary>The packages of this repository: those that come with the program, and the samples.</summary>
public sealed class RepositoryPackageTests
{
    private readonly PackageVerifier _verifier = new(
        new ModelLoader(new ModelRegistryOptions()), new GoldenCheck(new ImageClassifier(ImageClassifier.DefaultMaxPixels)));

    public static TheoryData<string> Packages => [.. new[] { "models", "samples/models" }
        .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "model.json", SearchOption.AllDirectories))
        .Select(file => Path.GetRelativePath(Repository.Root, Path.GetDirectoryName(file)!).Replace('\\', '/'))
        .Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Packages))]
    public async Task Verify_Package_ReproducesItsExamples(string folder)
    {
        var manifest = await _verifier.VerifyAsync(Path.Combine(Repository.Root, folder), TestContext.Current.CancellationToken);

        Assert.EndsWith($"/{manifest}", folder, StringComparison.Ordinal);
    }
}
