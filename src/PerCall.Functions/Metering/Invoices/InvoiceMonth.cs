using System.Globalization;
using PerCall.Functions.Journal;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Metering.Invoices;

/// <summary>A calendar month (UTC).</summary>
public readonly record struct InvoiceMonth(DateOnly First)
{
    private const string Format = "yyyy-MM";

    public DateOnly Last => First.AddMonths(1).AddDays(-1);

    /// <summary>The hour with which it is over, as names of journals begin.</summary>
    public string EndHour => JournalBlob.Hour(new DateTimeOffset(First.AddMonths(1), TimeOnly.MinValue, TimeSpan.Zero));

    /// <exception cref="RefusedException">400: it is no month. 404: it has not begun.</exception>
    public static InvoiceMonth Of(string text, DateTimeOffset now)
    {
        if (!DateOnly.TryParseExact(
            text, Format, CultureInfo.InvariantCulture, DateTimeStyles.None, out var first) || first.Year is < 2000 or > 9998)
        {
            throw RefusedException.BadRequest(
                "invalid_month", $"'month' is '{Page.Short(text)}'; expected yyyy-MM, for example 2026-01.", "month");
        }

        return first <= DateOnly.FromDateTime(now.UtcDateTime)
            ? new(first)
            : throw new RefusedException(404, "month_not_begun", $"The month {text} has not started.", "month");
    }

    public override string ToString() => First.ToString(Format, CultureInfo.InvariantCulture);
}
