using Microsoft.AspNetCore.Http;
using PerCall.Functions.Metering.Usage;
using PerCall.Functions.Requests;
using Xunit;

namespace PerCall.Functions.Tests.Metering.Usage;

public sealed class UsageParameterTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 15, 23, 59, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("", 2026, 3, 1, 2026, 3, 15)]
    [InlineData("?to=2026-02-10", 2026, 2, 1, 2026, 2, 10)]
    [InlineData("?from=2026-01-31", 2026, 1, 31, 2026, 3, 15)]
    [InlineData("?from=2025-02-09&to=2026-03-15", 2025, 2, 9, 2026, 3, 15)]
    public void Period_FromQuery_IsInclusive(string query, int y1, int m1, int d1, int y2, int m2, int d2) =>
        Assert.Equal(new UsagePeriod(new(y1, m1, d1), new(y2, m2, d2)), UsagePeriod.Of(Request(query), Now));

    [Theory]
    [InlineData("?from=2026-02-30", "invalid_date")]
    [InlineData("?to=1.3.2026", "invalid_date")]
    [InlineData("?to=9999-12-31", "invalid_date")]
    [InlineData("?from=2026-03-16", "invalid_period")]
    [InlineData("?from=2025-02-08&to=2026-03-15", "invalid_period")]
    public void Period_ThatIsNone_IsRefused(string query, string code) =>
        Assert.Equal(code, Assert.Throws<RefusedException>(() => UsagePeriod.Of(Request(query), Now)).Code);

    [Theory]
    [InlineData("?group_by=week")]
    [InlineData("?group_by=day,day")]
    [InlineData("?group_by=tenant")]
    [InlineData("?group_by=day,")]
    public void Grouping_ByWhatThereIsNot_IsRefused(string query) =>
        Assert.Equal("invalid_group_by", Assert.Throws<RefusedException>(() => UsageGrouping.Of(Request(query), "day")).Code);

    [Fact]
    public void Lines_OfSeveralUnitsAndCurrencies_AreKeptApart()
    {
        TenantUsage Row(int day, string model, string unit, string currency, long charge) =>
            new("acme", new(new(2026, 3, day), "op", model, unit, "k", currency, 1, 1, "p", 1), new(1, 2, 0, charge));
        var grouping = UsageGrouping.Of(Request("?group_by=model"), "day");

        var lines = grouping.Lines(
            [Row(2, "b", "image", "EUR", 5), Row(1, "b", "image", "EUR", 6), Row(1, "b", "image", "USD", 7), Row(1, "a", "word", "EUR", 8),
                Row(1, "a", "image", "EUR", 9)]);

        Assert.Equal(
            [("a", "image", "EUR", 9L), ("a", "word", "EUR", 8L), ("b", "image", "EUR", 11L), ("b", "image", "USD", 7L)],
            lines.Select(l => (l.Model!, l.Unit, l.Currency, l.Charge)));
        Assert.All(lines, l => Assert.Null(l.Day));
        Assert.StartsWith(
            "model,unit,currency,calls,units,free_units,charge,amount\r\na,image,EUR,1,2,0,9,0.000009\r\n", grouping.ToCsv(lines),
            StringComparison.Ordinal);
    }

    private static HttpRequest Request(string query)
    {
        var request = new DefaultHttpContext().Request;
        request.QueryString = new(query);
        return request;
    }
}
