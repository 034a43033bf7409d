using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Planning;
using PerCall.Functions.Batches.Shards;
using PerCall.Functions.Requests;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Planning;

public sealed class ShardSizeTests
{
    private const int BlocksOfABlob = 50_000;

    [Theory]
    [InlineData(1_000_000_000, 300, 300, 1000)]
    [InlineData(1_000_000_000, 300, 300, 200_000)]
    [InlineData(1_000_000_000, 80_000, 400, 150)]
    [InlineData(1_000_000_000, 20, 2000, 100_000)]
    [InlineData(30_000_000, 300, 300, 3)]
    [InlineData(4000, 300, 300, 1000)]
    [InlineData(3, 50, 300, 0.1)]
    public void Of_AnyFile_FitsABlobAndAFunctionsTime(long rows, double rowBytes, double outputBytes, double rowsPerSecond)
    {
        var plan = ShardSize.Of(PlanOf(InputFormat.JsonLines, (long)(rows * rowBytes)), new(rowsPerSecond, rowBytes, outputBytes), new());

        var shards = Math.Ceiling(rows * rowBytes / plan.ShardBytes);
        var rowsOfOne = plan.ShardBytes / rowBytes;
        var parts = Math.Floor(rowsOfOne * outputBytes / plan.PartBytes) + 1;
        Assert.InRange(shards, 1, ShardSize.MostShards);
        Assert.InRange(shards * parts, 1, BlocksOfABlob - 1);
        Assert.InRange(parts, 1, ShardParts.Most((int)shards));
        Assert.InRange(rowsOfOne / rowsPerSecond, 0, 900);
        Assert.InRange(plan.PartBytes, 4 << 20, 64 << 20);
    }

    [Fact]
    public void Of_AMediumFile_MakesShardsOfFifteenSeconds()
    {
        var plan = ShardSize.Of(PlanOf(InputFormat.JsonLines, 3_000_000_000), new(1000, 300, 300), new());

        Assert.Equal(15_000, plan.ShardRows);
        Assert.Equal(15_000 * 300, plan.ShardBytes);
    }

    [Fact]
    public void Of_ASmallFile_StillGivesSeveralThreadsSomething()
    {
        var plan = ShardSize.Of(PlanOf(InputFormat.JsonLines, 32_000 * 300), new(1000, 300, 300), new());

        Assert.Equal(32, Math.Ceiling(32_000 * 300.0 / plan.ShardBytes));
    }

    [Theory]
    [InlineData("JsonLines")]
    [InlineData("Zip")]
    public void Of_MoreThanCanBePutTogether_Refuses(string name)
    {
        var format = Enum.Parse<InputFormat>(name);

        var exception = Assert.Throws<RefusedException>(() => ShardSize.Of(PlanOf(format, 1_000_000_000L * 100), new(10, 100, 300), new()));

        Assert.Equal("too_many_rows", exception.Code);
        Assert.Contains("1,000,000,000 rows", exception.Message, StringComparison.Ordinal);
        Assert.Contains("150,000,000", exception.Message, StringComparison.Ordinal);
    }

    private static JobPlan PlanOf(InputFormat format, long bytes) => new()
    {
        Source = new("files", "rows", "etag", bytes),
        Format = format,
        DirectoryBytes = bytes,
        ModelName = "",
        ModelVersion = "",
        Price = new("", "", "", 0),
        Currency = "",
    };
}
