using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.Inference.Tests.Publishing;

/// <summary>A maker's scores behind torchvision's transforms, within 0.01 (see <c>fixtures/mobilenet.py</c>).</summary>
public sealed class ResampledGoldenTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Publishing", "fixtures", "mobilenet");

    [Fact]
    public async Task Verify_FilterOfTheMaker_ReproducesTheScores()
    {
        var manifest = await Publishers.Verifier().VerifyAsync(Folder, TestContext.Current.CancellationToken);

        Assert.Equal("mobilenet/1", manifest.ToString());
    }

    [Theory]
    [InlineData("area")]
    [InlineData("nearest")]
    public async Task Verify_AnotherFilter_IsRefusedByTheScores(string filter)
    {
        using var folder = new TemporaryFolder();
        var package = PackageBuilder.FromFolder(Folder);
        package.Manifest["image"]!["resample"] = filter;

        var refusal = await Assert.ThrowsAsync<PackageRefusedException>(
            () => Publishers.Verifier().VerifyAsync(package.WriteTo(folder.Path), TestContext.Current.CancellationToken));

        Assert.All(refusal.Faults, f => Assert.StartsWith("golden.jsonl", f.Where, StringComparison.Ordinal));
    }
}
