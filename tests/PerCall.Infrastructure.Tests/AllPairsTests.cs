using Xunit;

namespace PerCall.Infrastructure.Tests;

/// <summary>The combinations that all other tests look at.</summary>
public sealed class AllPairsTests
{
    [Fact]
    public void Rows_HaveEachPairThatIsPossible()
    {
        var pairs = new AllPairs([["a", "b"], ["c", "d", "e"], ["", "f"]], [["a", "c"], ["b", "e", "f"]]);

        Assert.All(
            (string[])["ad", "ae", "bc", "bd", "be", "af", "bf", "cf", "df", "ef"],
            pair => Assert.Contains(pairs.Rows, row => pair.All(value => row.Contains($"{value}"))));
        Assert.Equal([("a", "c")], pairs.Never);
        Assert.DoesNotContain(pairs.Rows, row => row is ["b", "e", "f"] or ["a", "c", _]);
    }

    [Fact]
    public void Combinations_LeaveOutOnlyWhatTheTemplateRefuses() => Assert.Equal(
        [("containerapps", "wide-roles"), ("functions", "registry"), ("open", "address"), ("wide-roles", "registry")],
        Combinations.Never.Order());

    [Theory]
    [InlineData("joined", "openai")]
    [InlineData("closed", "stop")]
    [InlineData("closed", "rotation")]
    [InlineData("closed", "registry")]
    [InlineData("closed", "zones")]
    [InlineData("closed", "locked")]
    [InlineData("closed", "address")]
    [InlineData("containerapps", "availability")]
    [InlineData("containerapps", "both-operators")]
    public void Combinations_HavePairs(string one, string other) => Assert.Contains(
        Combinations.Names, name => Combinations.Has(name, one) && Combinations.Has(name, other));

    /// <summary>So that a new switch is not forgotten.</summary>
    [Fact]
    public async Task Combinations_VaryEachSwitchOfTheTemplate()
    {
        var parameters = (await Bicep.BuildAsync("main.bicep"))["parameters"]!.AsObject();
        var switches = parameters.Where(
            p => (string?)p.Value!["type"] == "bool" || p.Value["allowedValues"] is not null).Select(p => p.Key).ToList();

        Assert.Contains("privateNetwork", switches);
        Assert.Empty(switches.Except(Combinations.Varied));
    }
}
