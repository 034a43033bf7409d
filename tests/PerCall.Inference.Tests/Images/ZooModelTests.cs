using PerCall.Inference.Images;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.Inference.Tests.Images;

public sealed class ZooModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ImageClassifier _classifier = new(ImageClassifier.DefaultMaxPixels);

    [Theory]
    [InlineData("squeezenet-fp16/kitten_224.png", "tabby", 0.93f)]
    [InlineData("squeezenet-fp16/fish.png", "tench", 0.74f)]
    [InlineData("photos/banana.jpg", "banana", 0.995f)]
    public async Task Classify_SqueezeNetInHalfPrecision_GivesTheKnownLabel(string image, string label, float score)
    {
        using var model = await Models.LoadAsync(ZooPackages.SqueezeNet(), _folder.Path, TestContext.Current.CancellationToken);
        var answer = await _classifier.ClassifyAsync(model, await ReadAsync(image), 3, TestContext.Current.CancellationToken);

        Assert.StartsWith(label, answer.Predictions[0].Label, StringComparison.Ordinal);
        Assert.Equal(score, answer.Predictions[0].Score, 0.02f);
        Assert.Equal(3, answer.Predictions.Count);
    }

    [Fact]
    public async Task Classify_MnistWithFixedBatch_GivesTheKnownDigit()
    {
        using var model = await Models.LoadAsync(ZooPackages.Mnist(), _folder.Path, TestContext.Current.CancellationToken);
        var answer = await _classifier.ClassifyAsync(
            model, await ReadAsync("squeezenet-fp16/mnist_28.png"), 1, TestContext.Current.CancellationToken);

        Assert.Equal("8", answer.Predictions[0].Label);
        Assert.True(answer.Predictions[0].Score > 0.95f, $"{answer.Predictions[0].Score}");
    }

    [Fact]
    public async Task Classify_CifarWithFreeBatch_GivesProbabilitiesOfAllLabels()
    {
        using var model = await Models.LoadAsync(ZooPackages.Cifar(), _folder.Path, TestContext.Current.CancellationToken);
        var answer = await _classifier.ClassifyAsync(model, await ReadAsync("photos/dog.jpg"), 100, TestContext.Current.CancellationToken);

        Assert.Equal(10, answer.Predictions.Count);
        Assert.Equal(1, answer.Predictions.Sum(p => p.Score), 0.0001f);
        Assert.Equal(answer.Predictions.OrderByDescending(p => p.Score), answer.Predictions);
    }

    [Fact]
    public async Task Classify_PhotographsByScaledDecode_AgreesWithFullDecodeAndAreaAverage()
    {
        using var model = await Models.LoadAsync(ZooPackages.SqueezeNet(), _folder.Path, TestContext.Current.CancellationToken);
        var full = new ImageClassifier(ImageClassifier.DefaultMaxPixels) { DecodeInFull = true };
        var faults = new List<string>();
        foreach (var photo in Directory.EnumerateFiles(Repository.ZooFile("photos")).Where(
            f => !f.EndsWith(".txt", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            var bytes = await File.ReadAllBytesAsync(photo, TestContext.Current.CancellationToken);
            var fast = (await _classifier.ClassifyAsync(model, bytes, 1000, TestContext.Current.CancellationToken)).Predictions;
            var exact = (await full.ClassifyAsync(model, bytes, 1000, TestContext.Current.CancellationToken)).Predictions;
            // Two pairs of ImageNet's classes have the same name.
            var scores = fast.GroupBy(p => p.Label).ToDictionary(g => g.Key, g => g.Max(p => p.Score));
            var worst = exact.Take(5).Max(p => Math.Abs(p.Score - scores[p.Label]));
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"{Path.GetFileName(photo)}: {exact[0].Label} {exact[0].Score:0.000}, difference {worst:0.0000}");
            if (fast[0].Label != exact[0].Label || worst > 0.02f)
            {
                faults.Add($"{Path.GetFileName(photo)}: {exact[0]} became {fast[0]}, top-5 off by {worst:0.0000}");
            }
        }

        Assert.Empty(faults);
    }

    public void Dispose() => _folder.Dispose();

    private static Task<byte[]> ReadAsync(string zooFile) =>
        File.ReadAllBytesAsync(Repository.ZooFile(zooFile.Split('/')), TestContext.Current.CancellationToken);
}
