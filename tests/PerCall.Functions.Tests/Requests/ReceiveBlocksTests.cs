using PerCall.Functions.Requests;
using Xunit;

namespace PerCall.Functions.Tests.Requests;

public sealed class ReceiveBlocksTests
{
    private const int Large = 64 * 1024;

    [Fact]
    public void Rent_OfMoreThanTheLargeBlocks_GivesSmallOnesUntilALargeOneIsReturned()
    {
        using var pool = new ReceiveBlocks().Create();
        var blocks = Enumerable.Range(0, 513).Select(_ => pool.Rent(4096)).ToList();

        Assert.All(blocks.Take(512), b => Assert.Equal(Large, b.Memory.Length));
        Assert.Equal(4096, blocks[512].Memory.Length);

        // The second disposal of a block counts no second return.
        blocks[0].Dispose();
        blocks[0].Dispose();
        using var next = pool.Rent(4096);
        using var further = pool.Rent(4096);
        Assert.Equal((Large, 4096), (next.Memory.Length, further.Memory.Length));
        blocks.ForEach(b => b.Dispose());
    }

    [Fact]
    public void Rent_OfMoreThanABlock_IsRefused()
    {
        using var pool = new ReceiveBlocks().Create();

        Assert.Equal(Large, pool.MaxBufferSize);
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Rent(Large + 1));
    }
}
