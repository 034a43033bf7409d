using PerCall.Functions.Batches.Quotes;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Quotes;

public sealed class BoundedStreamTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(10, 7, false)]
    [InlineData(10, 10, false)]
    [InlineData(10, 11, true)]
    [InlineData(0, 5, true)]
    public async Task Read_ToTheBoundOrTheEnd_CountsAndReportsTheEnd(int length, int most, bool hasEnded)
    {
        byte[] bytes = [.. Enumerable.Range(0, length).Select(i => (byte)i)];
        await using var stream = new BoundedStream(new MemoryStream(bytes), most);
        using var read = new MemoryStream();

        await stream.CopyToAsync(read, 3, Cancellation);

        Assert.Equal(bytes[..Math.Min(length, most)], read.ToArray());
        Assert.Equal((Math.Min(length, most), hasEnded), (stream.Count, stream.HasEnded));
    }

    [Fact]
    public async Task Read_LargeBuffer_TakesNothingBehindTheBoundFromTheStream()
    {
        using var inner = new MemoryStream(new byte[10]);
        await using var stream = new BoundedStream(inner, 4);

        Assert.Equal(4, await stream.ReadAsync(new byte[100], Cancellation));

        Assert.Equal(4, inner.Position);
    }

    [Fact]
    public async Task Read_EmptyBuffer_IsNotTheEnd()
    {
        await using var stream = new BoundedStream(new MemoryStream(new byte[10]), 4);

        Assert.Equal(0, await stream.ReadAsync(Memory<byte>.Empty, Cancellation));

        Assert.Equal((0, false), (stream.Count, stream.HasEnded));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Dispose_EitherWay_DisposesTheStreamWithin(bool async)
    {
        var inner = new MemoryStream();
        var stream = new BoundedStream(inner, 4);

        if (async)
        {
            await stream.DisposeAsync();
        }
        else
        {
            stream.Dispose();
        }

        Assert.False(inner.CanRead);
    }
}
