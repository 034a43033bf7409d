using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using PerCall.Client.Wire;
using PerCall.Functions.Pricing;

namespace PerCall.Functions.Metering.Invoices;

/// <summary>Renders an invoice as a printable HTML page without external resources.</summary>
public static class InvoicePage
{
    private const string Style = """
        @page { size: A4; margin: 18mm 16mm }
        * { box-sizing: border-box }
        body { font: 10pt/1.45 system-ui, "Segoe UI", "Liberation Sans", Arial, sans-serif; color: #1c2127; max-width: 178mm; margin: 12mm auto; padding: 0 4mm }
        header { display: flex; justify-content: space-between; align-items: flex-start; border-bottom: 2px solid #1c2127; padding-bottom: 5mm; margin-bottom: 7mm }
        h1 { font-size: 20pt; line-height: 1.1; margin: 0 0 1mm; letter-spacing: -0.02em }
        .status { display: inline-block; border: 1px solid currentColor; border-radius: 2mm; padding: 0 2mm; font-size: 8.5pt; text-transform: uppercase; letter-spacing: 0.06em }
        .draft { color: #9a4a00 } .final { color: #1b6e3c }
        dl { display: grid; grid-template-columns: auto auto; gap: 0.5mm 5mm; margin: 0 }
        dt { color: #5c6670 } dd { margin: 0; text-align: right; overflow-wrap: anywhere }
        table { width: 100%; border-collapse: collapse; font-size: 9pt; font-variant-numeric: tabular-nums }
        th { text-align: left; font-weight: 600; color: #5c6670; font-size: 8.5pt; border-bottom: 1px solid #1c2127; padding: 1.2mm 2mm 1.2mm 0; vertical-align: bottom }
        td { border-bottom: 1px solid #d9dee3; padding: 1.6mm 2mm 1.6mm 0; vertical-align: top; overflow-wrap: break-word }
        tr { break-inside: avoid } thead { display: table-header-group }
        .n { text-align: right; padding-right: 0; padding-left: 2mm; white-space: nowrap }
        .small { color: #5c6670; font-size: 8pt; white-space: normal }
        tfoot td { border: 0; padding-top: 1.2mm; padding-bottom: 0 } tfoot tr:first-child td { padding-top: 4mm }
        .total td { font-weight: 700; font-size: 11pt; padding-top: 2.5mm }
        footer { margin-top: 10mm; border-top: 1px solid #d9dee3; padding-top: 3mm }
        @media print { body { margin: 0; padding: 0; max-width: none } }
        """;

    public static string Of(Invoice invoice)
    {
        var month = DateOnly.ParseExact(invoice.Month, "yyyy-MM", CultureInfo.InvariantCulture);
        var name = invoice.Name ?? invoice.Tenant ?? "Erased tenant";
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <title>{Text($"{name}, {invoice.Month}")}</title>
            <style>
            {Style}
            </style>
            </head>
            <body>
            <header>
            <div><h1>{Text(month.ToString("MMMM yyyy", CultureInfo.InvariantCulture))}</h1><span class="status {Text(invoice.Status)}">{Text(invoice.Status)}</span></div>
            <dl>
            <dt>For</dt><dd>{Text(name)}</dd>
            <dt>Account</dt><dd>{Text(invoice.Account)}</dd>
            <dt>Period</dt><dd>{month:yyyy-MM-dd} to {month.AddMonths(1).AddDays(-1):yyyy-MM-dd} (UTC)</dd>
            <dt>Created</dt><dd>{invoice.MadeAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC</dd>
            </dl>
            </header>
            <table>
            <thead><tr><th>Service</th><th class="n">Calls</th><th class="n">Units</th><th class="n">Included</th><th class="n">Charged</th><th class="n">Price</th><th class="n">Amount</th></tr></thead>
            <tbody>

            """);
        foreach (var line in invoice.Lines)
        {
            page.Append(CultureInfo.InvariantCulture, $"""
                <tr><td>{Text(line.Operation)}<br><span class="small">{Text(line.Model)}</span></td><td class="n">{line.Calls:N0}</td><td class="n">{line.Units:N0}</td><td class="n">{line.FreeUnits:N0}</td><td class="n">{line.ChargedUnits:N0}</td><td class="n">{Money(line.Price, line.Currency)}<br><span class="small">{Per(line.Per, line.Unit)}</span></td><td class="n">{Money(line.Charge, line.Currency)}</td></tr>

                """);
        }

        if (invoice.Lines.Count == 0)
        {
            page.Append("<tr><td colspan=\"7\">No usage in this month.</td></tr>\n");
        }

        page.Append("</tbody>\n<tfoot>\n");
        foreach (var total in invoice.Totals)
        {
            AppendTotal(page, invoice, total);
        }

        var checkedAgain = invoice.Reconciliation is not { } check ? ""
            : check is { Difference: 0, Differing: 0 }
                ? " A recount from the journal gives the same amounts." : " A recount from the journal gives DIFFERENT amounts.";
        page.Append(CultureInfo.InvariantCulture, $"""
            </tfoot>
            </table>
            <footer class="small">Amounts are rounded up to the next micro-unit per call and unit. {(invoice.Status == "draft" ? "This is a draft: the month is not over, or is not completely counted." : "The month is over and completely counted.")}{checkedAgain}</footer>
            </body>
            </html>

            """);
        return page.ToString();
    }

    private static void AppendTotal(StringBuilder page, Invoice invoice, InvoiceTotal total)
    {
        Append("", "Subtotal", Money(total.Subtotal, total.Currency));
        foreach (var c in invoice.Credits.Where(c => c.Currency == total.Currency))
        {
            Append(
                "", string.Create(
                    CultureInfo.InvariantCulture,
                    $"{c.Units:N0} unused included units at {Money(c.Price, c.Currency)} {Per(c.Per, c.Unit)}"), Money(-c.Credit,
                    c.Currency));
        }

        Append(" class=\"total\"", "Total", Money(total.Total, total.Currency));

        void Append(string row, string label, string amount) =>
            page.Append(
                CultureInfo.InvariantCulture, $"<tr{row}><td colspan=\"6\" class=\"n\">{label}</td><td class=\"n\">{amount}</td></tr>\n");
    }

    private static string Per(long per, string unit) =>
        string.Create(CultureInfo.InvariantCulture, $"per {(per == 1 ? "" : $"{per:N0} × ")}{Text(unit)}");

    private static string Money(long micros, string currency) => $"{MoneyText.Short(micros)}&nbsp;{Text(currency)}";

    private static string Text(string text) => HtmlEncoder.Default.Encode(text);
}
