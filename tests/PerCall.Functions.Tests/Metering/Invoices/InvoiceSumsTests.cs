using PerCall.Client.Wire;
using PerCall.Functions.Metering.Invoices;
using PerCall.Functions.Metering.RollUp;
using Xunit;

namespace PerCall.Functions.Tests.Metering.Invoices;

public sealed class InvoiceSumsTests
{
    [Fact]
    public void Lines_OfOneKindAndPrice_AreOne()
    {
        var lines = InvoiceSums.Lines(new Dictionary<UsageKey, UsageCounts>
        {
            [Key(1, "k1", 10)] = new(2, 5, 1, 40),
            [Key(2, "k2", 10)] = new(1, 1, 0, 10),
            [Key(2, "k2", 12)] = new(1, 1, 0, 12),
            [Key(3, "k2", 13)] = default,
        });

        Assert.Equal(
            [(10L, 3L, 6L, 1L, 5L, 50L), (12L, 1L, 1L, 0L, 1L, 12L)],
            lines.Select(l => (l.Price, l.Calls, l.Units, l.FreeUnits, l.ChargedUnits, l.Charge)));
    }

    [Theory]
    [InlineData(100, 90, 30, 10, 200)] // All left over units were charged elsewhere.
    [InlineData(100, 90, 5, 5, 100)] // Fewer were charged than are left.
    [InlineData(100, 100, 30, 0, 0)] // None are left.
    [InlineData(0, 0, 30, 0, 0)] // None are included.
    public void Credits_ForIncludedUnitsThatWereLeft_AreOfTheLowestPrice(long included, long free, long charged, long units, long credit)
    {
        var lines = InvoiceSums.Lines(new Dictionary<UsageKey, UsageCounts>
        {
            [Key(1, "k1", 20)] = new(1, free + charged, free, charged * 20),
            [Key(1, "k1", 30)] = new(1, 1, 0, 30),
        });

        var credits = InvoiceSums.Credits(lines, new Dictionary<string, long> { ["image"] = included, ["word"] = 7 });
        var total = Assert.Single(InvoiceSums.Totals(lines, credits));

        // One more was charged at the higher price.
        var expected = units == charged ? units + 1 : units;
        if (expected == 0)
        {
            Assert.Empty(credits);
        }
        else
        {
            Assert.Equal(
                (expected, 20L, credit + (expected > units ? 20 : 0)), (Assert.Single(credits).Units, credits[0].Price, credits[0].Credit));
        }

        Assert.Equal((charged * 20) + 30 - credits.Sum(c => c.Credit), total.Total);
    }

    [Fact]
    public void Page_WithANameThatIsMarkup_ShowsItAsText()
    {
        var invoice =
            new Invoice
            {
                Name = "<script>alert(1)</script>",
                Account = "acc_1",
                Month = "2026-03",
                Status = "final",
                MadeAt = default,
                Lines = [],
                Credits = [],
                Totals = []
            };

        var page = InvoicePage.Of(invoice);

        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", page, StringComparison.Ordinal);
    }

    private static UsageKey Key(int day, string key, long micros) =>
        new(new(2026, 3, day), "images.classify", "fashion", "image", key, "EUR", micros, 1, "basic", 1);
}
