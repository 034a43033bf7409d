using System.Text.Json.Nodes;
using PerCall.Inference.Images;
using PerCall.Inference.Packages;
using PerCall.Testing;
using Xunit;

namespace PerCall.Inference.Tests.Images;

/// <summary>Compares named kernels with the pixels of Pillow and OpenCV, which <c>fixtures/kernels.py</c> stored.</summary>
public sealed class ResampleTests
{
    private static readonly (int Width, int Height)[] Sizes = [(17, 11), (53, 47), (23, 41)];

    [Theory]
    [InlineData(Resampling.Nearest)]
    [InlineData(Resampling.Bilinear)]
    [InlineData(Resampling.Bicubic)]
    [InlineData(Resampling.Lanczos)]
    public void Write_KernelOfPillow_GivesItsPixels(Resampling kernel)
    {
        foreach (var (width, height) in Sizes)
        {
            var expected = Pictures.Tensor(Pictures.Fixture($"kernels-{Name(kernel)}-{width}.png"), width, height);
            var actual = Pictures.Tensor(
                Pictures.Fixture("kernels.png"), width, height, Pictures.Rgb with { Resample = kernel });
            Assert.Equal(expected, actual);
        }
    }

    [Theory]
    [InlineData(Resampling.Bilinear)]
    [InlineData(Resampling.Bicubic)]
    public void Write_WithoutAntialias_GivesThePixelsOfOpenCv(Resampling kernel)
    {
        foreach (var (width, height) in Sizes)
        {
            var expected = Pictures.Tensor(Pictures.Fixture($"kernels-cv-{Name(kernel)}-{width}.png"), width, height);
            var actual = Pictures.Tensor(
                Pictures.Fixture("kernels.png"), width, height, Pictures.Rgb with { Resample = kernel, Antialias = false });
            Assert.InRange(Worst(expected, actual), 0, 1);
        }
    }

    [Fact]
    public void Write_KernelAndGray_ConvertsBeforeResizing()
    {
        var gray = Pictures.Rgb with { Color = ColorOrder.Gray };
        var expected = Pictures.Tensor(Pictures.Fixture("kernels-gray.png"), 17, 11, gray);
        var actual = Pictures.Tensor(Pictures.Fixture("kernels.png"), 17, 11, gray with { Resample = Resampling.Bicubic });

        Assert.Equal(expected, actual);
    }

    [Fact]
    public void Write_KernelAndTransparency_PutsOnTheBackgroundBeforeResizing()
    {
        var rules = Pictures.Rgb with { Resample = Resampling.Lanczos, Background = "#1e90ff" };
        var expected = Pictures.Tensor(Pictures.Fixture("kernels-alpha-lanczos.png"), 17, 11);

        Assert.Equal(expected, Pictures.Tensor(Pictures.Fixture("kernels-alpha.png"), 17, 11, rules));
    }

    [Theory]
    [InlineData(ResizeRule.ShortestSide, 500, 375, 341, 256, 58, 16)]
    [InlineData(ResizeRule.ShortestSide, 375, 500, 256, 341, 16, 58)]
    [InlineData(ResizeRule.ShortestSide, 500, 376, 340, 256, 58, 16)]
    [InlineData(ResizeRule.ShortestSide, 500, 379, 337, 256, 56, 16)]
    [InlineData(ResizeRule.Cover, 500, 375, 298, 224, 37, 0)]
    [InlineData(ResizeRule.Cover, 375, 500, 224, 298, 0, 37)]
    [InlineData(ResizeRule.Stretch, 500, 375, 256, 256, 16, 16)]
    public void For_ResizeRule_GivesTheSizesOfTorchvision(
        ResizeRule rule, int width, int height, int resizedWidth, int resizedHeight, int left, int top)
    {
        var plan = ResizedPlan.For(rule, width, height, 224, 224, 256);

        Assert.Equal((resizedWidth, resizedHeight, left, top), (plan.Width, plan.Height, plan.Left, plan.Top));
    }

    [Fact]
    public void For_StretchToTheTarget_CropsNothing()
    {
        var plan = ResizedPlan.For(ResizeRule.Stretch, 500, 375, 224, 224, resizeTo: null);

        Assert.Equal((224, 224, 0, 0), (plan.Width, plan.Height, plan.Left, plan.Top));
    }

    [Fact]
    public void For_Contain_CentresTheWholePicture()
    {
        var plan = ResizedPlan.For(ResizeRule.Contain, 500, 375, 224, 224, null);

        Assert.Equal((224, 168, 0, 28), (plan.Width, plan.Height, plan.Plan.X, plan.Plan.Y));
    }

    [Fact]
    public void Write_LongThinPicture_IsRefusedByItsSide()
    {
        var thin = Png.OfRgb(65_536, 1, new byte[1 + (65_536 * 3)]);
        var fault = Assert.Throws<InvalidInputException>(
            () => Pictures.Tensor(thin, 8, 8, Pictures.Rgb with { Resample = Resampling.Lanczos }));

        Assert.Equal("image_too_large", fault.Code);
        Assert.Contains("65,535", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_ZooPhotographs_GivePillowsPixels()
    {
        var figures = JsonNode.Parse(Pictures.Fixture("kernels-zoo.json"))!;
        var places = figures["places"]!.AsArray().Select(p => ((int)p![0]!, (int)p[1]!)).ToArray();
        foreach (var (name, values) in figures["photographs"]!.AsObject())
        {
            var photo = File.ReadAllBytes(Repository.ZooFile("photos", name));
            foreach (var kernel in new[] { Resampling.Nearest, Resampling.Bilinear, Resampling.Bicubic, Resampling.Lanczos })
            {
                var rules = Pictures.Rgb with { Resize = ResizeRule.ShortestSide, ResizeTo = 256, Resample = kernel };
                var tensor = Pictures.Tensor(photo, 224, 224, rules, maxPixels: 10_000_000);
                var expected = Convert.FromHexString((string)values![Name(kernel)]!);
                var worst = places.Select((p, i) =>
                {
                    var (r, g, b) = Pictures.At(tensor, 224, 224, p.Item1, p.Item2);
                    return new[] { r - expected[i * 3], g - expected[(i * 3) + 1], b - expected[(i * 3) + 2] }.Max(Math.Abs);
                }).Max();
                Assert.True(worst <= 1, $"{name}, {kernel}: a pixel differs by {worst}.");
            }
        }
    }

    private static string Name(Resampling kernel) => kernel.ToString().ToLowerInvariant();

    private static float Worst(float[] expected, float[] actual) => expected.Zip(actual, (e, a) => Math.Abs(e - a)).Max();
}
