using System.Globalization;
using System.Text;

namespace PerCall.Functions.Metering;

/// <summary>A number that is already formatted, so that no digit is lost to rounding.</summary>
public readonly record struct CsvNumber(string Text) : IFormattable
{
    public string ToString(string? format, IFormatProvider? formatProvider) => Text;
}

/// <summary>Writes comma-separated values (RFC 4180). Puts an apostrophe before text that a spreadsheet would read as a formula.</summary>
public sealed class CsvText
{
    private readonly StringBuilder _text = new();

    public void AddRow(IEnumerable<object?> cells)
    {
        _text.AppendJoin(',', cells.Select(Cell)).Append("\r\n");
    }

    public override string ToString() => _text.ToString();

    private static string Cell(object? value)
    {
        if (value is not string text)
        {
            return value is IFormattable number ? number.ToString(
                value is DateOnly ? "yyyy-MM-dd" : null, CultureInfo.InvariantCulture) : "";
        }

        text = text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' ? '\'' + text : text;
        return text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
