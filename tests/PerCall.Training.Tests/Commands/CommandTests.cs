using PerCall.Testing;
using PerCall.Training.Shop;
using Xunit;

namespace PerCall.Training.Tests.Commands;

public sealed class CommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Train_GeneratedShop_WritesACompletePackage()
    {
        var (generated, _, told) = await Tool.RunAsync(
            Cancellation, "generate", "shop", "--out", _folder.File("r.csv"), "--items", _folder.File("i.jsonl"), "--seed", "3");
        Assert.True(generated == 0, told);

        var (trained, output, progress) = await Tool.RunAsync(
            Cancellation, "train", "recommender", "--ratings", _folder.File("r.csv"), "--items", _folder.File("i.jsonl"), "--out",
            _folder.File("shop/2"), "--epochs", "3");

        Assert.True(trained == 0, progress);
        Assert.Contains("Wrote and verified", output, StringComparison.Ordinal);
        Assert.Contains("epoch 3 of 3, training RMSE ", progress, StringComparison.Ordinal);
        Assert.Equal(
            ["card.md", "data.safetensors", "golden.jsonl", "items.jsonl", "model.json", "model.onnx", "users.jsonl"],
            Directory.GetFiles(_folder.File("shop/2")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal([_folder.File("shop/2")], Directory.GetFileSystemEntries(_folder.File("shop")));
    }

    [Fact]
    public async Task Train_BrokenRatings_LeavesNothing()
    {
        await File.WriteAllTextAsync(_folder.File("r.csv"), "a,x,1\nb,y,two\n", Cancellation);

        var (code, output, error) = await Tool.RunAsync(
            Cancellation, "train", "recommender", "--ratings", _folder.File("r.csv"), "--out", _folder.File("shop/1"));

        Assert.Equal(1, code);
        Assert.Empty(output);
        Assert.Contains("line 2: rating 'two' is not a finite number", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("shop")));
    }

    [Fact]
    public async Task Train_VersionThatExists_IsRefusedAndKept()
    {
        ShopFiles.WriteRatings(Draws.Ratings(), _folder.File("r.csv"));
        Directory.CreateDirectory(_folder.File("shop/1"));
        await File.WriteAllTextAsync(_folder.File("shop/1/model.json"), "mine", Cancellation);

        var (code, _, error) = await Tool.RunAsync(
            Cancellation, "train", "recommender", "--ratings", _folder.File("r.csv"), "--out", _folder.File("shop/1"));

        Assert.Equal(1, code);
        Assert.Contains("published versions never change", error, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(_folder.File("shop/1/model.json"), Cancellation));
    }

    [Theory]
    [InlineData("--factors is 0; allowed: 1 to 1024", "--factors", "0")]
    [InlineData("--confidence does not apply to mf; allowed for: als", "--confidence", "3")]
    [InlineData("give both or neither, with --min-rating below --max-rating", "--min-rating", "3")]
    [InlineData("is out of range; allowed: 4 to 5", "--min-rating", "4", "--max-rating", "5")]
    public async Task Train_InvalidSetting_NamesTheAllowedValues(string problem, params string[] settings)
    {
        ShopFiles.WriteRatings(Draws.Ratings(), _folder.File("r.csv"));

        var (code, _, error) = await Tool.RunAsync(
            Cancellation, ["train", "recommender", "--ratings", _folder.File("r.csv"), "--out", _folder.File("shop/1"), .. settings]);

        Assert.NotEqual(0, code);
        Assert.Contains(problem, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("shop")));
    }

    [Fact]
    public async Task Train_FeedbackWithoutRatings_NamesTheMethodForIt()
    {
        await File.WriteAllTextAsync(_folder.File("r.csv"), "a,x\nb,y\na,y\n", Cancellation);

        var (code, _, error) = await Tool.RunAsync(
            Cancellation, "train", "recommender", "--ratings", _folder.File("r.csv"), "--out", _folder.File("shop/1"));

        Assert.Equal(1, code);
        Assert.Contains("All ratings are 1", error, StringComparison.Ordinal);
        Assert.Contains("--method als", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Evaluate_LeaveLastOut_ALineForEveryMethod()
    {
        ShopFiles.WriteRatings(Draws.Ratings(), _folder.File("r.csv"));

        var (code, output, progress) = await Tool.RunAsync(
            Cancellation, "evaluate", "recommender", "--ratings", _folder.File("r.csv"), "--leave-last-out");

        Assert.True(code == 0, progress);
        Assert.Equal(
            ["method", "popularity", "mf", "svd++", "als", "item-knn", "user-knn"],
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ')[0]));
        Assert.Contains("mf: fold 1 of 1", progress, StringComparison.Ordinal);
    }
}
