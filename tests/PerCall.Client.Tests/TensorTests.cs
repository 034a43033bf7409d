using Xunit;

namespace PerCall.Client.Tests;

public sealed class TensorTests
{
    [Fact]
    public void From_Numbers_AreTheirBytes()
    {
        var tensor = Tensor.From<short>("x", [2], [1, -2]);

        Assert.Equal(("x", "INT16", "0100feff"), (tensor.Name, tensor.Datatype, Convert.ToHexStringLower(tensor.Bytes.Span)));
        Assert.Equal([1, -2], tensor.ToArray<short>());
        Assert.Equal(
            "The tensor 'x' is INT16, not FP32.", Assert.Throws<InvalidOperationException>(() => tensor.ToArray<float>()).Message);
        Assert.Throws<InvalidOperationException>(tensor.ToStrings);
    }

    [Fact]
    public void From_OtherTypes_IsRefused() =>
        Assert.Contains("no element type Decimal", Assert.Throws<ArgumentException>(() => Tensor.From<decimal>("x", [1], [1])).Message);

    [Fact]
    public void FromStrings_Texts_HaveTheirLengthsInBytes()
    {
        var tensor = Tensor.FromStrings("x", [3], ["a", "", "é"]);

        Assert.Equal(("BYTES", "01000000610000000002000000c3a9"), (tensor.Datatype, Convert.ToHexStringLower(tensor.Bytes.Span)));
        Assert.Equal(["a", "", "é"], tensor.ToStrings());
    }
}
