using PerCall.Inference.Packages;
using PerCall.Inference.Tensors;
using Xunit;

namespace PerCall.Inference.Tests.Tensors;

public sealed class RawTensorTests
{
    [Theory]
    [InlineData(new long[] { }, 1)]
    [InlineData(new long[] { 3 }, 3)]
    [InlineData(new long[] { 2, 3, 4 }, 24)]
    [InlineData(new long[] { 2, 0, 4 }, 0)]
    public void Create_BytesThatFillTheShape_AreKeptAsTheyAre(long[] shape, int count)
    {
        var bytes = new byte[count * 4];

        var tensor = RawTensor.Create("x", TensorType.Float32, shape, bytes);

        Assert.Equal(count, tensor.Count);
        Assert.True(tensor.Bytes.Equals(bytes));
    }

    [Theory]
    [InlineData(TensorType.Float32, new long[] { 2, 3 }, 23, "The tensor 'x' has 23 bytes; expected 24 for float32 [2, 3].")]
    [InlineData(TensorType.Float64, new long[] { }, 4, "has 4 bytes; expected 8 for float64 [].")]
    [InlineData(TensorType.UInt8, new long[] { 0 }, 1, "has 1 bytes; expected 0")]
    [InlineData(TensorType.UInt8, new long[] { 2, -1 }, 2, "has the shape [2, -1]; a dimension must be 0 or more.")]
    [InlineData(TensorType.UInt8, new long[] { long.MinValue }, 2, "a dimension must be 0 or more.")]
    [InlineData(TensorType.UInt8, new long[] { 4294967296, 4294967296 }, 0, "allowed: at most 2,147,483,647 elements.")]
    [InlineData(TensorType.UInt8, new long[] { long.MaxValue }, 0, "allowed: at most 2,147,483,647 elements.")]
    [InlineData(TensorType.Float64, new long[] { 1 << 30, 4 }, 0, "allowed: at most 2,147,483,647 elements.")]
    // Their product is 0 in 64 bits, and the runtime multiplies all but the first.
    [InlineData(TensorType.UInt8, new long[] { 0, 4294967296, 4294967296 }, 0, "allowed: at most 2,147,483,647 elements.")]
    [InlineData(TensorType.Bool, new long[] { 3 }, 3, "has 2 as element 2; expected the byte 0 or 1 for a bool.")]
    public void Create_BytesThatDoNotFit_SaysWhatIsExpected(TensorType type, long[] shape, int bytes, string message)
    {
        var fault = Assert.Throws<InvalidInputException>(
            () => RawTensor.Create("x", type, shape, Enumerable.Range(0, bytes).Select(i => (byte)i).ToArray()));

        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
        Assert.Equal(("invalid_tensor", "x"), (fault.Code, fault.Param));
    }

    [Fact]
    public void Create_TooManyDimensions_IsRefused()
    {
        var shape = Enumerable.Repeat(1L, RawTensor.MaxRank + 1).ToArray();

        var fault = Assert.Throws<InvalidInputException>(() => RawTensor.Create("x", TensorType.UInt8, shape, new byte[1]));

        Assert.Contains("33 dimensions; allowed: at most 32", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("01000000 61 00000000", 2, null)]
    [InlineData("", 0, null)]
    [InlineData("01000000 61", 2, "has 1 elements; expected 2")]
    [InlineData("01000000 61 00000000", 1, "has 2 elements; expected 1")]
    [InlineData("02000000 61", 1, "ends inside string 0")]
    [InlineData("01000000 61 0000", 2, "ends inside string 1")]
    [InlineData("ffffffff 61", 1, "ends inside string 0")]
    public void Create_Strings_AreCountedWithinTheirBytes(string hex, long count, string? message)
    {
        var bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        if (message is null)
        {
            Assert.Equal(count, RawTensor.Create("x", TensorType.String, [count], bytes).Count);
            return;
        }

        var fault = Assert.Throws<InvalidInputException>(() => RawTensor.Create("x", TensorType.String, [count], bytes));
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }
}
