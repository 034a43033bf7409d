using System.Globalization;
using System.Text.Json;

namespace PerCall.Inference.Tables;

/// <summary>A column of a model, with its rules prepared.</summary>
internal sealed class TableColumn
{
    private const string NotANumber = "nan";
    private const int ShownText = 40;

    private readonly ColumnRules _rules;
    private readonly Dictionary<string, int>? _values;
    private readonly bool _asText;

    /// <param name="rules">The rules.</param>
    /// <param name="asText">Whether the column goes to a tensor of strings.</param>
    public TableColumn(ColumnRules rules, bool asText)
    {
        (_rules, _asText) = (rules, asText);
        _values = rules.Values?.Index().ToDictionary(v => v.Item, v => v.Index, StringComparer.Ordinal);
    }

    public string Name => _rules.Name;

    /// <summary>Returns the value of a row without the column; null if each row must have it.</summary>
    public TableCell? Default => _rules.Default switch
    {
        { ValueKind: JsonValueKind.Number } number => new(Name, CellKind.Number, number.GetDouble(), null),
        { ValueKind: JsonValueKind.True } => new(Name, CellKind.Bool, 1, null),
        { ValueKind: JsonValueKind.False } => new(Name, CellKind.Bool, 0, null),
        { ValueKind: JsonValueKind.String } text when _rules.Type == ColumnType.Number && text.GetString() == NotANumber =>
            new(Name, CellKind.Number, double.NaN, null),
        { ValueKind: JsonValueKind.String } text => new(Name, CellKind.Text, 0, text.GetString()),
        _ => null,
    };

    /// <summary>Converts a value to what the tensor gets.</summary>
    /// <exception cref="InvalidInputException">The column does not allow the value.</exception>
    public (double Number, string? Text) Convert(TableCell cell)
    {
        switch (_rules.Type, cell.Kind)
        {
            case (ColumnType.Number, CellKind.Number):
                return (cell.Number, null);

            case (ColumnType.Number, CellKind.Untyped)
                when double.TryParse(cell.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number):
                return (number, null);

            case (ColumnType.Bool, CellKind.Bool):
                return (cell.Number, null);

            case (ColumnType.Bool, CellKind.Untyped) when bool.TryParse(cell.Text, out var value):
                return (value ? 1 : 0, null);

            case (ColumnType.Text, CellKind.Text or CellKind.Untyped):
                return (0, cell.Text);

            case (ColumnType.Category, CellKind.Text or CellKind.Untyped):
                return _values!.TryGetValue(cell.Text!, out var index) ? (index, _asText ? cell.Text : null) : throw UnknownCategory(cell.Text!);

            default:
                throw new InvalidInputException(
                    "invalid_column_value", $"The column '{Name}' has {Show(cell)}; expected {Expected()}.", Name);
        }
    }

    private InvalidInputException UnknownCategory(string text) => new(
        "unknown_category",
        $"The column '{Name}' has '{Short(text)}'; allowed: {string.Join(", ", _rules.Values!.Take(20))}"
            + $"{(_rules.Values!.Count > 20 ? $" and {_rules.Values.Count - 20} more" : "")}.",
        Name);

    private string Expected() => _rules.Type switch
    {
        ColumnType.Number => "a number",
        ColumnType.Bool => "true or false",
        ColumnType.Text => "a text",
        _ => $"one of {string.Join(", ", _rules.Values!.Take(20))}",
    };

    private static string Show(TableCell cell) => cell.Kind switch
    {
        CellKind.Number => $"the number {cell.Number.ToString(CultureInfo.InvariantCulture)}",
        CellKind.Bool => cell.Number == 1 ? "true" : "false",
        CellKind.Missing => "null",
        _ => $"the text '{Short(cell.Text!)}'",
    };

    private static string Short(string text) => text.Length <= ShownText ? text : text[..ShownText] + "…";
}
