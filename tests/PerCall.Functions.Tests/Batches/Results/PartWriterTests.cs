using System.Buffers;
using PerCall.Functions.Batches.Results;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Results;

public sealed class PartWriterTests
{
    [Fact]
    public async Task StageAsync_OfMoreThanItsParts_PutsAllThatIsLeftIntoTheLast()
    {
        using var writer = new PartWriter(null, 0, "01234567", partBytes: 100, mostParts: 3);
        for (var i = 0; i < 100; i++)
        {
            writer.Write(new byte[30]);
            if (writer.IsFull)
            {
                await writer.StageAsync(TestContext.Current.CancellationToken);
            }
        }

        Assert.Equal(2, writer.Parts);
        Assert.Equal(3000 - 240, writer.Written.Length);
        await writer.StageAsync(TestContext.Current.CancellationToken);
        Assert.Equal((3, 3000L), (writer.Parts, writer.Bytes));
    }
}
