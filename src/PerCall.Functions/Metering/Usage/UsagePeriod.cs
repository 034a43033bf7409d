using System.Globalization;
using Microsoft.AspNetCore.Http;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Metering.Usage;

/// <summary>The days (UTC) of a report, both ends included.</summary>
public readonly record struct UsagePeriod(DateOnly From, DateOnly To)
{
    public const string FromText = "The first day (UTC) as yyyy-MM-dd. Default: the first day of the month.";
    public const string ToText = "The last day (UTC), inclusive. Default: today. The period can have at most 400 days.";

    private const int MostDays = 400;
    private const string DayFormat = "yyyy-MM-dd";

    /// <exception cref="RefusedException">400: a value is not a date, or the dates are not a valid period.</exception>
    public static UsagePeriod Of(HttpRequest request, DateTimeOffset now)
    {
        var to = Day(request, "to") ?? DateOnly.FromDateTime(now.UtcDateTime);
        var from = Day(request, "from") ?? new DateOnly(to.Year, to.Month, 1);
        if (from > to)
        {
            throw RefusedException.BadRequest("invalid_period", $"'from' ({Text(from)}) is after 'to' ({Text(to)}).", "from");
        }

        var days = to.DayNumber - from.DayNumber + 1;
        return days <= MostDays ? new(from, to) : throw RefusedException.BadRequest(
            "invalid_period", $"'from' {Text(from)} to 'to' {Text(to)} is {days:N0} days; allowed: at most {MostDays}.", "from");
    }

    private static DateOnly? Day(HttpRequest request, string name)
    {
        if (request.Query[name].ToString() is not { Length: > 0 } given)
        {
            return null;
        }

        // The calendar's last day has no next day, and a range of rows ends at the next day.
        return DateOnly.TryParseExact(
            given, DayFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day < DateOnly.MaxValue
            ? day
            : throw RefusedException.BadRequest(
                "invalid_date", $"'{name}' is '{Page.Short(given)}'; expected a day as yyyy-MM-dd, for example 2026-01-31.", name);
    }

    private static string Text(DateOnly day) => day.ToString(DayFormat, CultureInfo.InvariantCulture);
}
