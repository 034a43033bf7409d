using System.Globalization;
using PerCall.Functions.Journal;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Metering.Invoices;

/// <summary>A calendar month (UTC), by its first day.</summary>
public readonly record struct InvoiceMonth(DateOnly First)
{
    private const string Format = "yyyy-MM";

    public DateOnly Last => First.AddMonths(1).AddDays(-1);

    /// <summary>The hour that ends the month, in the form of journal blob names.</summary>
    public string EndHour => JournalBlob.Hour(new DateTimeOffset(First.AddMonths(1), TimeOnly.MinValue, TimeSpan.Zero));

    /// <exception cref="RefusedException">400: the text is not a month. 404: the month has not begun.</exception>
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
