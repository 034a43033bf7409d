using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.Images;
using PerCall.Inference.Outputs;
using Xunit;

namespace PerCall.Inference.Tests.Outputs;

/// <summary>Masks of a model with an input of 4 × 4 pixels and an output of 2 × 2.</summary>
public sealed class MaskPlanTests
{
    private const byte X = MaskOutput.Unseen;
    private static readonly string[] Labels = ["sky", "sea", "sand"];

    [Fact]
    public void Read_ScoresByLabel_AreEnlargedToTheSource()
    {
        // Best: sky, sea / sand, sea.
        using var output = Tensor([5, 1, 1, 1, 1, 5, 1, 5, 1, 1, 5, 1], 1, 3, 2, 2);
        var mask = Read(output, new(new(0, 0, 6, 2, 0, 0, 4, 4), 6, 2));

        Assert.Equal((6, 2), (mask.Width, mask.Height));
        Assert.Equal([0, 0, 0, 1, 1, 1, 2, 2, 2, 1, 1, 1], mask.Classes);
    }

    [Fact]
    public void Read_IndexesOfAPictureThatWasCropped_LeaveTheRestUnseen()
    {
        using var output = OrtValue.CreateTensorValueFromMemory<long>([0, 1, 2, 1], [1, 2, 2]);
        // The middle 4 of 8 columns.
        var mask = Read(output, new(new(2, 0, 4, 4, 0, 0, 4, 4), 8, 4));

        Assert.Equal([X, X, 0, 0, 1, 1, X, X], mask.Classes[..8]);
        Assert.Equal([X, X, 2, 2, 1, 1, X, X], mask.Classes[^8..]);
    }

    [Fact]
    public void ToPng_OfAMask_ReadsBackTheSame()
    {
        var mask = new MaskOutput([0, 1, 2, 255, 254, 7], 3, 2, Labels);

        Assert.Equal((mask.Classes, 3, 2), GrayPng.TryDecode(mask.ToPng())!.Value, new Same());
    }

    [Theory]
    [InlineData(3)]
    [InlineData(-1)]
    public void Read_IndexWithoutLabel_IsThePicturesFailure(long index)
    {
        using var output = OrtValue.CreateTensorValueFromMemory<long>([0, 1, index, 1], [1, 2, 2]);

        var failed = Assert.Throws<ModelFailedException>(() => Read(output, new(new(0, 0, 4, 4, 0, 0, 4, 4), 4, 4)));

        Assert.Contains("not among the 3 labels", failed.Message, StringComparison.Ordinal);
    }

    private static MaskOutput Read(OrtValue output, PlacedImage placed)
    {
        var manifest = OutputManifests.Of(new() { ["kind"] = "mask", ["tensor"] = "logits", ["labels"] = "labels.txt" });
        using var picture = EncodedPictures.Of(4, 4, placed);
        var plan = new MaskPlan(manifest, Labels);
        return (MaskOutput)plan.Read(plan.Take([output], [picture])[0], picture, new());
    }

    private static OrtValue Tensor(float[] values, params long[] shape) => OrtValue.CreateTensorValueFromMemory(values, shape);

    private sealed class Same : IEqualityComparer<(byte[] Values, int Width, int Height)>
    {
        public bool Equals((byte[] Values, int Width, int Height) x, (byte[] Values, int Width, int Height) y) =>
            x.Values.SequenceEqual(y.Values) && (x.Width, x.Height) == (y.Width, y.Height);

        public int GetHashCode((byte[] Values, int Width, int Height) mask) => mask.Width;
    }
}
