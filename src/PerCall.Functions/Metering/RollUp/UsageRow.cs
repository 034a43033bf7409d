using Azure;
using PerCall.Functions.Storage.Formats;

namespace PerCall.Functions.Metering.RollUp;

/// <summary>A row of an account's usage.</summary>
public sealed class UsageRow : IStoredRow
{
    /// <summary>The account.</summary>
    public string PartitionKey { get; set; } = "";

    /// <summary>The row key of a <see cref="UsageKey"/>.</summary>
    public string RowKey { get; set; } = "";

    public DateTimeOffset? Timestamp { get; set; }

    public ETag ETag { get; set; }

    public int Format { get; set; }

    public long Calls { get; set; }

    public long Units { get; set; }

    public long FreeUnits { get; set; }

    public long Charge { get; set; }

    public void Add(UsageCounts more)
    {
        var sum = new UsageCounts(Calls, Units, FreeUnits, Charge) + more;
        (Calls, Units, FreeUnits, Charge) = (sum.Calls, sum.Units, sum.FreeUnits, sum.Charge);
    }

    public UsageCounts Counts() => new(Calls, Units, FreeUnits, Charge);
}
