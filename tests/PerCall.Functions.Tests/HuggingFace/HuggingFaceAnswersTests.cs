using PerCall.Functions.HuggingFace;
using PerCall.Functions.Requests;
using PerCall.Inference.Outputs;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;
using PerCall.Testing;
using SkiaSharp;
using Xunit;

namespace PerCall.Functions.Tests.HuggingFace;

public sealed class HuggingFaceAnswersTests
{
    [Fact]
    public void Entities_OfATextWithEmoji_ArePlacesOfCharacters()
    {
        const string Text = "😀 Ana and 😀Bo in Oslo";
        var output = new TokensOutput([new("name", 0.5f, 3, 6), new("name", 0.6f, 13, 15), new("city", 0.7f, 19, 23)]);

        var entities = Entities.Of(Text, output, []);

        Assert.Equal(["Ana 2 5", "Bo 11 13", "Oslo 17 21"], entities.Select(e => $"{e.Word} {e.Start} {e.End}"));
        Assert.Equal(["Oslo 17 21"], Entities.Of(Text, output, ["name"]).Select(e => $"{e.Word} {e.Start} {e.End}"));
    }

    [Theory]
    [InlineData("stays leaves", 1, 0)]
    [InlineData("3 5", 5, 3)]
    [InlineData("-1.5 1e2", 100, -1.5)]
    [InlineData("1 two", 1, 0)]
    [InlineData("0 NaN", 1, 0)]
    public void Classes_OfLabels_AreTheirNumbersOrIndexes(string labels, double first, double second)
    {
        var names = labels.Split(' ');
        LabelsOutput[] outputs = [new([new(names[1], 0.9f), new(names[0], 0.1f)], null), new([new(names[0], 1)], null)];

        Assert.Equal([first, second], HuggingFaceTables.ClassesOf(outputs, names));
    }

    [Fact]
    public void Classes_OfLabelsOfOneName_AreTheirIndexes() =>
        Assert.Equal([1], HuggingFaceTables.ClassesOf([new LabelsOutput([new("same", 0.9f, 1)], null)], ["same", "same"]));

    [Fact]
    public void Mask_OfALabel_IsWhiteWhereItIs()
    {
        var mask = new MaskOutput([0, 1, 2, MaskOutput.Unseen, 1, 0], 3, 2, ["a", "b", "c"]);

        using var bitmap = SKBitmap.Decode(mask.ToPng(1));

        Assert.Equal((3, 2, SKColorType.Gray8), (bitmap.Width, bitmap.Height, bitmap.ColorType));
        Assert.Equal(
            [0, 255, 0, 0, 255, 0], Enumerable.Range(0, 6).Select(i => (int)bitmap.GetPixel(i % 3, i / 3).Red));
    }

    [Theory]
    [InlineData("softmax", Activation.Softmax, null)]
    [InlineData(null, Activation.Softmax, null)]
    [InlineData("none", Activation.None, null)]
    [InlineData("sigmoid", Activation.Softmax, "declares softmax, and a call cannot change that; allowed: 'softmax', or leave it out.")]
    [InlineData("softmax", null, "declares no function, and a call cannot change that; allowed: leave it out.")]
    [InlineData("Softmax", Activation.Softmax, "is 'Softmax'; allowed: sigmoid, softmax, none.")]
    public async Task Function_ToApply_IsTheDeclaredOne(string? asked, Activation? declared, string? message)
    {
        var spam = (await new FolderPackageStore(Repository.Models).FindAsync("spam", "1", TestContext.Current.CancellationToken))!;
        var model = spam.Manifest with { Output = spam.Manifest.Output! with { Activation = declared } };

        if (message is null)
        {
            ScoreFunctions.Require(asked, model);
            return;
        }

        var refused = Assert.Throws<RefusedException>(() => ScoreFunctions.Require(asked, model));
        Assert.Equal((400, "parameters.function_to_apply"), (refused.Status, refused.Param));
        Assert.EndsWith(message, refused.Message, StringComparison.Ordinal);
    }
}
