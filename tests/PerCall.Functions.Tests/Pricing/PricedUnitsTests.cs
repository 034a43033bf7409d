using PerCall.Functions.Pricing;
using Xunit;

namespace PerCall.Functions.Tests.Pricing;

public sealed class PricedUnitsTests
{
    private const string In = "token_in";
    private const string Cached = "token_in_cached";
    private const string Out = "token_out";

    [Fact]
    public void Of_EveryUnitPriced_KeepsTheBounds()
    {
        var units = Of([In, Cached, Out], new([In, Cached], 10), new([Out], 5))!;

        Assert.Equal([(2, 10L), (1, 5L)], units.Lines.Select(l => (l.Prices.Count, l.Units)));
        Assert.Equal([3, 4, 5], units.Totals([new(Out, 5), new(In, 3), new(Cached, 4)]));
    }

    [Fact]
    public void Of_CachedTokensWithoutPrice_AreChargedAsTheFirstUnit()
    {
        var units = Of([In, Out], new([In, Cached], 10), new([Out], 5))!;

        Assert.Equal([In, Out], units.Lines.SelectMany(l => l.Prices).Select(p => p.Unit));
        Assert.Equal([7, 0], units.Totals([new(In, 3), new(Cached, 4)]));
    }

    [Theory]
    [InlineData(Out)]
    [InlineData(Cached, Out)]
    [InlineData(In, Cached)]
    public void Of_FirstUnitOfABoundWithoutPrice_IsNull(params string[] priced) =>
        Assert.Null(Of(priced, new([In, Cached], 10), new([Out], 5)));

    [Fact]
    public void Of_BoundOfNoUnits_IsSkippedAndNeedsNoPrice()
    {
        var units = Of([In], new([Out], 0), new([In], 3))!;

        Assert.Equal([3], units.Totals([new(Out, 9), new(In, 3)]));
    }

    [Fact]
    public void Of_OnlyBoundsOfNoUnits_KeepsTheFirst()
    {
        var units = Of([In, Out], new([In], 0), new([Out], 0))!;

        Assert.Equal(In, Assert.Single(Assert.Single(units.Lines).Prices).Unit);
        Assert.Equal([0], units.Totals([new(In, 9), new(Out, 9)]));
    }

    [Theory]
    [InlineData(12, 0, 10, 0)]
    [InlineData(9, 4, 9, 1)]
    [InlineData(-5, 4, 0, 4)]
    [InlineData(long.MaxValue, long.MaxValue, 10, 0)]
    [InlineData(0, long.MaxValue, 0, 10)]
    public void Totals_BeyondTheBound_AreCut(long tokens, long cached, long charged, long chargedCached)
    {
        var units = Of([In, Cached], new UnitBound([In, Cached], 10))!;

        Assert.Equal([charged, chargedCached], units.Totals([new(In, tokens), new(Cached, cached)]));
    }

    [Fact]
    public void Totals_SumBeyondALong_IsCut()
    {
        var units = Of([In], new UnitBound([In, Cached], long.MaxValue))!;

        Assert.Equal([long.MaxValue], units.Totals([new(In, long.MaxValue - 1), new(Cached, 2)]));
    }

    private static PricedUnits? Of(string[] priced, params UnitBound[] bounds) => PricedUnits.Of(
        new()
        {
            Plan = "basic",
            Version = 1,
            Currency = "EUR",
            Prices = [.. priced.Select(u => new Price("openai", "gpt", u, 7, 1_000_000))],
        },
        "openai", "gpt", bounds);
}
