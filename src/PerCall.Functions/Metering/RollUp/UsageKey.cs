using System.Globalization;
using System.Text;
using PerCall.Functions.Journal;

namespace PerCall.Functions.Metering.RollUp;

/// <summary>The key of one row: a day's calls of one kind at one price.</summary>
public sealed record UsageKey(
    DateOnly Day, string Operation, string Model, string Unit, string Key, string Currency, long Micros, long Per, string Plan,
    int PlanVersion)
{
    private const string Prefix = "u|";
    private const string DayFormat = "yyyy-MM-dd";

    public static UsageKey Of(UsageEvent usage) => new(
        DateOnly.FromDateTime(usage.Time.UtcDateTime), usage.Operation, usage.Model, usage.Price.Unit, usage.Key, usage.Currency,
        usage.Price.Micros, usage.Price.Per, usage.Plan, usage.PlanVersion);

    /// <summary>Returns the lowest row key of a day. The keys of that day and of later days are not below it.</summary>
    public static string From(DateOnly day) => Prefix + day.ToString(DayFormat, CultureInfo.InvariantCulture);

    public string ToRowKey() => string.Create(
        CultureInfo.InvariantCulture,
        $"{From(Day)}|{Escape(Operation)}|{Escape(Model)}|{Escape(Unit)}|{Escape(Key)}|{Escape(Currency)}|{Micros}-{Per}|{Escape(Plan)}|{PlanVersion}");

    public static UsageKey Parse(string rowKey)
    {
        var parts = rowKey.Split('|');
        var price = parts[7].Split('-');
        return new(
            DateOnly.ParseExact(parts[1], DayFormat, CultureInfo.InvariantCulture),
            Unescape(parts[2]),
            Unescape(parts[3]),
            Unescape(parts[4]),
            Unescape(parts[5]),
            Unescape(parts[6]),
            long.Parse(price[0], CultureInfo.InvariantCulture),
            long.Parse(price[1], CultureInfo.InvariantCulture),
            Unescape(parts[8]),
            int.Parse(parts[9], CultureInfo.InvariantCulture));
    }

    /// <summary>
    /// Escapes characters that table keys do not allow or that have a meaning here, as <c>=</c> and four hexadecimal digits.
    /// </summary>
    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            _ = char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':' or '*' ? escaped.Append(c) : escaped.Append(
                CultureInfo.InvariantCulture, $"={(int)c:X4}");
        }

        return escaped.ToString();
    }

    private static string Unescape(string text)
    {
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '=')
            {
                plain.Append(text[i]);
                continue;
            }

            plain.Append((char)int.Parse(text.AsSpan(i + 1, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            i += 4;
        }

        return plain.ToString();
    }
}
