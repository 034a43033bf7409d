using PerCall.Client.Wire;
using PerCall.Functions.Pricing;

namespace PerCall.Functions.Metering.Invoices;

/// <summary>Writes an invoice as CSV: lines, then credits as negative lines, then totals.</summary>
public static class InvoiceCsv
{
    public static string Of(Invoice invoice)
    {
        var csv = new CsvText();
        csv.AddRow(
            ["account", "month", "status", "kind", "operation", "model", "unit", "price", "per", "currency", "calls", "units", "free_units",
                "charged_units", "charge", "amount"]);
        foreach (var l in invoice.Lines)
        {
            csv.AddRow(
                Row(
                    invoice, "line", l.Operation, l.Model, l.Unit, l.Price, l.Per, l.Currency, l.Calls, l.Units, l.FreeUnits,
                    l.ChargedUnits, l.Charge, new CsvNumber(l.Amount)));
        }

        foreach (var c in invoice.Credits)
        {
            csv.AddRow(
                Row(
                    invoice, "credit", null, null, c.Unit, c.Price, c.Per, c.Currency, null, c.Units, null, null, -c.Credit,
                    new CsvNumber(MoneyText.Exact(-c.Credit))));
        }

        foreach (var t in invoice.Totals)
        {
            csv.AddRow(
                Row(invoice, "total", null, null, null, null, null, t.Currency, null, null, null, null, t.Total, new CsvNumber(t.Amount)));
        }

        return csv.ToString();
    }

    private static object?[] Row(Invoice invoice, string kind, params object?[] cells) =>
        [invoice.Account, invoice.Month, invoice.Status, kind, .. cells];
}
