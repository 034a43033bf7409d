using System.Globalization;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace PerCall.Inference.Tables;

/// <summary>A column of a model, with its rules prepared.</summary>
internal sealed class TableColumn
{
    private const string NotANumber = "nan";
    private const int ShownText = 40;
    private const int ShownValues = 20;

    private readonly ColumnRules _rules;
    private readonly TensorElementType _tensor;
    private readonly Dictionary<string, int>? _values;

    /// <param name="rules">The rules.</param>
    /// <param name="tensor">The element type of the column's tensor.</param>
    public TableColumn(ColumnRules rules, TensorElementType tensor)
    {
        (_rules, _tensor) = (rules, tensor);
        _values = rules.Values?.Index().ToDictionary(v => v.Item, v => v.Index, StringComparer.Ordinal);
    }

    public string Name => _rules.Name;

    /// <summary>Returns the value of a row without the column, converted; null if each row must have it.</summary>
    /// <exception cref="InvalidInputException">The column does not allow its default.</exception>
    public (double Number, string? Text)? Default => _rules.Default switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text when _rules.Type == ColumnType.Number && text.GetString() == NotANumber =>
            ElementRange.HasNaN(_tensor)
                ? (double.NaN, null)
                : throw Refused("has the default 'nan', which a tensor of whole numbers cannot contain", "a number"),
        { } value => Convert(TableCell.Of(Name, value)),
    };

    /// <summary>Converts a value to what the tensor gets.</summary>
    /// <exception cref="InvalidInputException">The column does not allow the value.</exception>
    public (double Number, string? Text) Convert(TableCell cell)
    {
        switch (_rules.Type, cell.Kind)
        {
            case (ColumnType.Number, CellKind.Number):
                return (InRange(cell.Number), null);

            case (ColumnType.Number, CellKind.Untyped)
                when double.TryParse(cell.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number):
                return (InRange(number), null);

            case (ColumnType.Bool, CellKind.Bool):
                return (cell.Number, null);

            case (ColumnType.Bool, CellKind.Untyped) when bool.TryParse(cell.Text, out var value):
                return (value ? 1 : 0, null);

            case (ColumnType.Bool, CellKind.Untyped) when cell.Text is "0" or "1":
                return (cell.Text == "1" ? 1 : 0, null);

            case (ColumnType.Text, CellKind.Text or CellKind.Untyped):
                return (0, cell.Text);

            case (ColumnType.Category, CellKind.Text or CellKind.Untyped):
                return _values!.TryGetValue(cell.Text!, out var index) ? (index, cell.Text) : throw new InvalidInputException(
                    "unknown_category", $"The column '{Name}' has '{Short(cell.Text!)}'; allowed: {Values()}.", Name);

            default:
                throw Refused($"has {Show(cell)}", Expected());
        }
    }

    private double InRange(double number) => ElementRange.Has(_tensor, number)
        ? number
        : throw Refused(
            double.IsFinite(number) ? $"has {Show(new(Name, CellKind.Number, number, null))}" : "has a number that is not finite",
            ElementRange.Show(_tensor));

    private string Expected() => _rules.Type switch
    {
        ColumnType.Number => "a number",
        ColumnType.Bool => "true or false",
        ColumnType.Text => "a text",
        _ => $"one of {Values()}",
    };

    private string Values() => string.Join(", ", _rules.Values!.Take(ShownValues))
        + (_rules.Values!.Count > ShownValues ? $" and {_rules.Values.Count - ShownValues} more" : "");

    private InvalidInputException Refused(string problem, string expected) => new(
        "invalid_column_value", $"The column '{Name}' {problem}; expected {expected}.", Name);

    private static string Show(TableCell cell) => cell.Kind switch
    {
        CellKind.Number => $"the number {cell.Number.ToString(CultureInfo.InvariantCulture)}",
        CellKind.Bool => cell.Number == 1 ? "true" : "false",
        CellKind.Object => "an object",
        CellKind.Array => "an array",
        _ => $"the text '{Short(cell.Text!)}'",
    };

    private static string Short(string text) => text.Length <= ShownText ? text : text[..ShownText] + "…";
}
