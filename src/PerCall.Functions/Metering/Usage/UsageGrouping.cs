using Microsoft.AspNetCore.Http;
using PerCall.Client.Wire;
using PerCall.Functions.Metering.RollUp;
using PerCall.Functions.Pricing;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Metering.Usage;

/// <summary>A row of usage and its tenant.</summary>
public readonly record struct TenantUsage(string Tenant, UsageKey Key, UsageCounts Counts);

/// <summary>How a report groups its lines. Units and currencies are always separate, because their sums would be meaningless.</summary>
public sealed class UsageGrouping
{
    public const string Tenant = "tenant";
    private const string Day = "day";
    private const string Operation = "operation";
    private const string Model = "model";
    private const string Key = "key";

    private UsageGrouping(IReadOnlyList<string> by) => By = by;

    /// <summary>The groups in the requested order.</summary>
    public IReadOnlyList<string> By { get; }

    /// <exception cref="RefusedException">400: a group is unknown or given twice.</exception>
    public static UsageGrouping Of(HttpRequest request, string usual, bool ofTenants = false)
    {
        List<string> known = [Day, Model, Operation, Key, .. ofTenants ? [Tenant] : Array.Empty<string>()];
        var asked = request.Query["group_by"].ToString() is { Length: > 0 } given ? given.Split(
            ',', StringSplitOptions.TrimEntries) : [usual];
        if (asked.FirstOrDefault(a => !known.Contains(a)) is { } unknown)
        {
            throw RefusedException.BadRequest(
                "invalid_group_by", $"'group_by' has '{Page.Short(unknown)}'; allowed: {string.Join(", ", known)}, separated by commas.",
                "group_by");
        }

        return asked.Distinct().Count() == asked.Length ? new(asked) : throw RefusedException.BadRequest(
            "invalid_group_by", "'group_by' has the same value twice.", "group_by");
    }

    public IReadOnlyList<UsageLine> Lines(IEnumerable<TenantUsage> rows)
    {
        var lines = rows.GroupBy(r => new UsageLine
        {
            Tenant = By.Contains(Tenant) ? r.Tenant : null,
            Day = By.Contains(Day) ? r.Key.Day : null,
            Operation = By.Contains(Operation) ? r.Key.Operation : null,
            Model = By.Contains(Model) ? r.Key.Model : null,
            Key = By.Contains(Key) ? r.Key.Key : null,
            Unit = r.Key.Unit,
            Currency = r.Key.Currency,
            Calls = 0,
            Units = 0,
            FreeUnits = 0,
            Charge = 0,
            Amount = "",
        }).Select(g => WithSums(g.Key, g.Aggregate(default(UsageCounts), (sum, r) => sum + r.Counts)));
        return [.. lines.Where(l => l is not { Calls: 0, Units: 0, Charge: 0 }).Order(Comparer<UsageLine>.Create(Compare))];
    }

    /// <summary>Returns the report as CSV: the column names, then one row per line.</summary>
    public string ToCsv(IReadOnlyList<UsageLine> lines)
    {
        var csv = new CsvText();
        csv.AddRow([.. By, "unit", "currency", "calls", "units", "free_units", "charge", "amount"]);
        foreach (var line in lines)
        {
            csv.AddRow(
                [.. By.Select(b => Value(line, b)), line.Unit, line.Currency, line.Calls, line.Units, line.FreeUnits, line.Charge,
                    new CsvNumber(line.Amount)]);
        }

        return csv.ToString();
    }

    private int Compare(UsageLine a, UsageLine b)
    {
        foreach (var by in By)
        {
            var order = Value(a, by) is DateOnly day ? day.CompareTo((DateOnly)Value(b, by)!) : string.CompareOrdinal(
                (string?)Value(a, by), (string?)Value(b, by));
            if (order != 0)
            {
                return order;
            }
        }

        return string.CompareOrdinal(a.Unit, b.Unit) is not 0 and var units ? units : string.CompareOrdinal(a.Currency, b.Currency);
    }

    private static object? Value(UsageLine line, string by) => by switch
    {
        Tenant => line.Tenant,
        Day => line.Day,
        Operation => line.Operation,
        Model => line.Model,
        _ => line.Key,
    };

    private static UsageLine WithSums(UsageLine line, UsageCounts sums) =>
        line with
        {
            Calls = sums.Calls,
            Units = sums.Units,
            FreeUnits = sums.FreeUnits,
            Charge = sums.Charge,
            Amount = MoneyText.Exact(sums.Charge)
        };
}
