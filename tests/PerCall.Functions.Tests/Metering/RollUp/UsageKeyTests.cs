using PerCall.Functions.Metering.RollUp;
using Xunit;

namespace PerCall.Functions.Tests.Metering.RollUp;

public sealed class UsageKeyTests
{
    [Fact]
    public void RowKey_WithWhatTablesForbid_IsReadBack()
    {
        var key = new UsageKey(
            new(2026, 11, 24), "text.classify", "a/b\\c#d?e|f=g%ä\u0001", "1k_characters", "k1", "EUR", 17, 1_000_000, "plan b", 3);

        var rowKey = key.ToRowKey();

        Assert.Equal(key, UsageKey.Parse(rowKey));
        Assert.DoesNotContain(rowKey, c => c is '/' or '\\' or '#' or '?' or '%' || char.IsControl(c));
        Assert.StartsWith("u|2026-11-24|text.classify|", rowKey, StringComparison.Ordinal);
    }
}
