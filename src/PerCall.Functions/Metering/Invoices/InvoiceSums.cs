using PerCall.Client.Wire;
using PerCall.Functions.Metering.RollUp;
using PerCall.Functions.Pricing;

namespace PerCall.Functions.Metering.Invoices;

/// <summary>Computes an invoice's lines, credits and totals from a month's usage.</summary>
public static class InvoiceSums
{
    public static IReadOnlyList<InvoiceLine> Lines(IReadOnlyDictionary<UsageKey, UsageCounts> rows) =>
    [
        .. rows.GroupBy(r => (r.Key.Operation, r.Key.Model, r.Key.Unit, r.Key.Micros, r.Key.Per, r.Key.Currency), r => r.Value)
            .Select(g => (g.Key, Sum: g.Aggregate(default(UsageCounts), (sum, c) => sum + c)))
            .Where(l => l.Sum != default)
            .Select(l => new InvoiceLine
            {
                Operation = l.Key.Operation,
                Model = l.Key.Model,
                Unit = l.Key.Unit,
                Price = l.Key.Micros,
                Per = l.Key.Per,
                Currency = l.Key.Currency,
                Calls = l.Sum.Calls,
                Units = l.Sum.Units,
                FreeUnits = l.Sum.FreeUnits,
                ChargedUnits = checked(l.Sum.Units - l.Sum.FreeUnits),
                Charge = l.Sum.Charge,
                Amount = MoneyText.Exact(l.Sum.Charge),
            })
            .OrderBy(l => l.Operation, StringComparer.Ordinal).ThenBy(
                l => l.Model, StringComparer.Ordinal).ThenBy(l => l.Unit, StringComparer.Ordinal).ThenBy(l => (double)l.Price / l.Per),
    ];

    /// <summary>
    /// Returns credits for included units that were left over while other units were charged. This happens because instances hold included
    /// units in leases. The credit uses the lowest price paid for the unit.
    /// </summary>
    /// <param name="lines">The invoice's lines.</param>
    /// <param name="included">Units that the month's plan includes, by unit.</param>
    public static IReadOnlyList<InvoiceCredit> Credits(IReadOnlyList<InvoiceLine> lines, IReadOnlyDictionary<string, long> included)
    {
        List<InvoiceCredit> credits = [];
        foreach (var (unit, most) in included.OrderBy(i => i.Key, StringComparer.Ordinal))
        {
            var ofUnit = lines.Where(l => l.Unit == unit).ToList();
            var paid = ofUnit.Where(l => l.ChargedUnits > 0 && l.Charge > 0).ToList();
            var units = Math.Min(most - ofUnit.Sum(l => l.FreeUnits), paid.Sum(l => l.ChargedUnits));
            if (units <= 0)
            {
                continue;
            }

            var lowest = paid.Aggregate((a, b) => (Int128)a.Price * b.Per <= (Int128)b.Price * a.Per ? a : b);
            var price = new Price(lowest.Operation, lowest.Model, unit, lowest.Price, lowest.Per);
            var credit = Math.Min(price.Of(units), paid.Where(l => l.Currency == lowest.Currency).Sum(l => l.Charge));
            credits.Add(new(unit, units, lowest.Price, lowest.Per, lowest.Currency, credit, MoneyText.Exact(credit)));
        }

        return credits;
    }

    public static IReadOnlyList<InvoiceTotal> Totals(IReadOnlyList<InvoiceLine> lines, IReadOnlyList<InvoiceCredit> credits) =>
    [
        .. from line in lines
           group line by line.Currency into currency
           orderby currency.Key
           let subtotal = currency.Sum(l => l.Charge)
           let credit = credits.Where(c => c.Currency == currency.Key).Sum(c => c.Credit)
           select new InvoiceTotal(currency.Key, subtotal, credit, subtotal - credit, MoneyText.Exact(subtotal - credit)),
    ];
}
