using PerCall.Functions.Limits.Rate;
using Xunit;

namespace PerCall.Functions.Tests.Limits;

public sealed class RateWindowTests
{
    [Fact]
    public void AdvanceTo_SecondAfterSecond_ForgetsWhatIsOlderThanTheWindow()
    {
        var window = new RateWindow();
        window.AdvanceTo(1000);
        window.Add(1000, 5);
        window.AdvanceTo(1030);
        window.Add(1030, 7);

        window.AdvanceTo(1060);
        Assert.Equal((12, 1061L), (window.Granted, window.NextFree()));
        window.AdvanceTo(1061);
        Assert.Equal((7, 1091L), (window.Granted, window.NextFree()));
        window.AdvanceTo(1091);
        Assert.Equal((0, null), (window.Granted, window.NextFree()));
    }

    [Fact]
    public void AdvanceTo_ClockThatIsBehind_LeavesTheWindowWhereItIs()
    {
        var window = RateWindow.Parse("1000 5 0 3");

        window.AdvanceTo(995);

        Assert.Equal("1000 5 0 3", window.ToString());
    }

    [Fact]
    public void AdvanceTo_RowFromAClockThatWasWrong_DoesNotWaitForIt()
    {
        var window = RateWindow.Parse("90000 5 0 3");

        window.AdvanceTo(1000);

        Assert.Equal("1000 5 0 3", window.ToString());
    }

    [Fact]
    public void Add_PermitsMovedToTheSecondOfTheirSpending_KeepTheirSum()
    {
        var window = RateWindow.Parse("1000 0 0 9");

        window.Add(998, -4);
        window.Add(1000, 4);

        Assert.Equal("1000 4 0 5", window.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("no window")]
    public void Parse_NoWindow_IsAnEmptyOne(string? text) => Assert.Equal(0, RateWindow.Parse(text).Granted);
}
