using FsCheck;
using FsCheck.Fluent;
using PerCall.Functions.Pricing;
using Xunit;

namespace PerCall.Functions.Tests.Pricing;

/// <summary>Lines of units that have several prices, compared with all ways to split them.</summary>
public sealed class UnitLineTests
{
    private static readonly Config Fixed = Config.QuickThrowOnFailure.WithMaxTest(2000).WithReplay(20261129, 1);

    [Fact]
    public void MostBeside_AnyLine_IsWhatTheMostExpensiveSplitCosts() => Check.One(Fixed, Prop.ForAll(Cases().ToArbitrary(), c =>
    {
        var most = Splits(c.Line.Units, c.Free.Length).Max(split => Cost(c, split));

        var reserved = c.Line.MostBeside(c.Free);

        Assert.InRange(reserved, most, most == 0 ? 0 : most + c.Line.Prices.Count - 1);
        Assert.True(c.Line.Prices.Count > 1 || reserved == most);
    }));

    [Fact]
    public void MostBeside_WholePrices_IsExact()
    {
        UnitLine line = new([new("openai", "*", "token_in", 5), new("openai", "*", "token_in_cached", 2)], 10);

        Assert.Equal(50, line.MostBeside([0, 0]));
        Assert.Equal(20, line.MostBeside([9, 0]));
        Assert.Equal(0, line.MostBeside([10, 10]));
    }

    [Fact]
    public void MostBeside_PricesOfLessThanAMicroUnit_CountsARoundingOfEach()
    {
        UnitLine line = new([new("openai", "*", "token_in", 1, 1_000_000), new("openai", "*", "token_in_cached", 1, 1_000_000)], 2);

        // One token of each price costs two micro-units, and two tokens of one price cost one.
        Assert.Equal(2, line.MostBeside([0, 0]));
        Assert.Equal(1, (line with { Units = 1 }).MostBeside([0, 0]));
    }

    private static Gen<Case> Cases() =>
        from prices in Gen.Choose(1, 3).SelectMany(n => Gen.ArrayOf(Prices(), n))
        from units in Gen.Choose(0, 12)
        from free in Gen.ArrayOf(Gen.Choose(0, units), prices.Length)
        select new Case(new([.. prices], units), [.. free.Select(f => (long)f)]);

    private static Gen<Price> Prices() =>
        from micros in Gen.Choose(0, 40)
        from per in Gen.Elements(1L, 2, 3, 7, 10, 1_000_000)
        select new Price("openai", "*", "token_in", micros, per);

    private static long Cost(Case c, long[] split) => split.Select(
        (units, i) => c.Line.Prices[i].Of(Math.Max(0, units - c.Free[i]))).Sum();

    /// <summary>Returns all ways to split up to so many units.</summary>
    private static IEnumerable<long[]> Splits(long units, int parts) => parts == 0
        ? [[]]
        : Enumerable.Range(0, (int)units + 1).SelectMany(first => Splits(units - first, parts - 1).Select(rest => (long[])[first, .. rest]));

    private sealed record Case(UnitLine Line, long[] Free);
}
