using PerCall.Functions.Batches.Quotes;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Quotes;

public sealed class KnownHashesTests
{
    [Fact]
    public void Repeated_NothingAdded_IsZero() => Assert.Equal(0, new KnownHashes(10).Repeated());

    [Fact]
    public void Repeated_SomeComeAgain_CountsEachAfterTheFirst()
    {
        var hashes = new KnownHashes(1000);

        Add(hashes, 1, 2, 3, 2, 4, 2, 1);

        Assert.Equal(3, hashes.Repeated());
        // Asking changes nothing.
        Assert.Equal(3, hashes.Repeated());
        Add(hashes, 3);
        Assert.Equal(4, hashes.Repeated());
    }

    [Theory]
    // Around the lengths of the pieces of one group: 32, then 512 each.
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(544)]
    [InlineData(545)]
    [InlineData(2000)]
    public void Repeated_AllAlike_CountsAllButOne(int count)
    {
        var hashes = new KnownHashes(10_000);

        Add(hashes, [.. Enumerable.Repeat(7, count)]);

        Assert.Equal(count - 1, hashes.Repeated());
    }

    [Fact]
    public void Repeated_AllDifferent_IsZero()
    {
        var hashes = new KnownHashes(100_000);

        Add(hashes, [.. Enumerable.Range(0, 100_000)]);

        Assert.Equal(0, hashes.Repeated());
    }

    [Fact]
    public void Add_MoreThanAreRemembered_PassesOverTheRest()
    {
        var hashes = new KnownHashes(3);

        Add(hashes, 1, 2, 1, 1, 2, 1);

        Assert.Equal(1, hashes.Repeated());
    }

    private static void Add(KnownHashes hashes, params ReadOnlySpan<int> values)
    {
        foreach (var value in values)
        {
            hashes.Add(BitConverter.GetBytes(value));
        }
    }
}
