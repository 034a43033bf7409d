using PerCall.LargeModels.Tokens;
using Xunit;

namespace PerCall.LargeModels.Tests.Tokens;

public sealed class ImageTokensTests
{
    [Theory]
    // The examples of OpenAI's documentation.
    [InlineData("gpt-4o", 1024, 1024, "high", 765)]
    [InlineData("gpt-4o", 2048, 4096, "high", 1105)]
    [InlineData("gpt-4o", 4096, 8192, "low", 85)]
    [InlineData("gpt-4.1-mini", 1024, 1024, null, 1659)]
    [InlineData("gpt-4o", 512, 512, "auto", 255)]
    [InlineData("gpt-4o", 1, 1, null, 255)]
    [InlineData("gpt-4o", 100_000, 10, "high", 765)]
    [InlineData("gpt-4o-mini", 512, 512, "high", 8500)]
    [InlineData("gpt-4o-mini", 512, 512, "low", 2833)]
    [InlineData("o1-2024-12-17", 512, 512, "high", 225)]
    [InlineData("GPT-5", 512, 512, "high", 210)]
    [InlineData("gpt-5-mini", 32, 33, null, 4)]
    [InlineData("gpt-4.1-nano", 10_000, 10_000, null, 3779)]
    [InlineData("qwen2-vl", 280, 280, null, 100)]
    [InlineData("qwen2-vl", 100_000, 100_000, null, 16_384)]
    public void Of_SizeAndDetail_FollowsTheDocumentedRule(string model, long width, long height, string? detail, long tokens) =>
        Assert.Equal(tokens, ImageTokens.Of([model], (width, height), detail).Billed);

    [Theory]
    [InlineData("gpt-4o", 1445)]
    [InlineData("gpt-4o-mini", 48_169)]
    [InlineData("gpt-5-nano", 3779)]
    [InlineData("unknown", 16_384)]
    public void Of_UnknownSize_IsTheMostThatAnySizeCosts(string model, long tokens)
    {
        Assert.Equal(tokens, ImageTokens.Of([model], null, "high").Billed);

        foreach (var (width, height) in (ReadOnlySpan<(long, long)>)[(768, 2048), (2048, 768), (5000, 5000), (1, 1), (8192, 3072)])
        {
            Assert.InRange(ImageTokens.Of([model], (width, height), "high").Billed, 1, tokens);
        }
    }

    [Fact]
    public void Of_SeveralDeployments_IsTheCostliest() =>
        Assert.Equal(765, ImageTokens.Of(["house", "gpt-5", "gpt-4o"], (1024, 1024), "high").Billed);

    [Fact]
    public void Of_MiniModel_BillsMoreThanTheContextHolds() =>
        Assert.Equal(new(2833 + (4 * 5667), 765), ImageTokens.Of(["gpt-4o-mini"], (1024, 1024), "high"));
}
