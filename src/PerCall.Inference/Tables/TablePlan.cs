using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.Packages;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Tensors;

namespace PerCall.Inference.Tables;

/// <summary>Converts rows to a model's tensors: one with all columns, or one for each column.</summary>
internal sealed class TablePlan : InputPlan
{
    private readonly ModelManifest _manifest;
    private readonly TableColumn[] _columns;
    private readonly (double Number, string? Text)?[] _defaults;
    private readonly Dictionary<string, int> _indexes;
    private readonly bool _hasTexts;

    /// <summary>The columns of each input tensor, in the manifest's order.</summary>
    private readonly int[][] _ofTensors;

    public TablePlan(ModelManifest manifest)
    {
        _manifest = manifest;
        var rules = manifest.Table!.Columns;
        var types = manifest.Inputs.ToDictionary(i => i.Name, i => i.Type, StringComparer.Ordinal);
        _columns = [.. rules.Select(c => new TableColumn(c, ElementTypes.Of(types[c.Tensor ?? manifest.Inputs[0].Name])))];
        _defaults = [.. _columns.Select(c => c.Default)];
        _indexes = _columns.Index().ToDictionary(c => c.Item.Name, c => c.Index, StringComparer.Ordinal);
        _hasTexts = types.ContainsValue(TensorType.String);
        _ofTensors =
        [
            .. manifest.Inputs.Select(
                t => rules.Index().Where(c => (c.Item.Tensor ?? manifest.Inputs[0].Name) == t.Name).Select(c => c.Index).ToArray()),
        ];
        Batch = manifest.Inputs[0].Shape[0] is > 0 and var batch ? batch : null;
    }

    /// <summary>A row is small, and trees and linear models work through many of them fastest.</summary>
    public override int MaxRows => 1024;

    public override int AtOnce => 4096;

    public override string Longest => "a row";

    /// <summary>The names of the columns, in the manifest's order.</summary>
    public IEnumerable<string> Columns => _columns.Select(c => c.Name);

    public override EncodedInput Encode(ModelInput input)
    {
        if (input is not TableRow row)
        {
            throw new InvalidInputException("wrong_input", $"The model {_manifest} reads rows of a table; expected an object.", "input");
        }

        var (numbers, texts) = (new double[_columns.Length], _hasTexts ? new string[_columns.Length] : null);
        Span<bool> named = stackalloc bool[_columns.Length];
        Span<bool> filled = stackalloc bool[_columns.Length];
        foreach (var cell in row.Cells)
        {
            if (!_indexes.TryGetValue(cell.Column, out var index))
            {
                throw new InvalidInputException(
                    "unknown_column",
                    $"The model {_manifest} has no column '{cell.Column}'; it has {string.Join(", ", Columns)}.",
                    cell.Column);
            }

            if (named[index])
            {
                throw new InvalidInputException("repeated_column", $"The row has the column '{cell.Column}' twice.", cell.Column);
            }

            named[index] = true;
            filled[index] = cell.Kind != CellKind.Missing;
            if (filled[index])
            {
                Set(index, _columns[index].Convert(cell), numbers, texts);
            }
        }

        for (var i = 0; i < _columns.Length; i++)
        {
            if (!filled[i])
            {
                Set(i, _defaults[i] ?? throw Missing(_columns[i].Name), numbers, texts);
            }
        }

        return new EncodedRow(numbers, texts);
    }

    public override OrtValue[] Tensors(IReadOnlyList<EncodedInput> rows)
    {
        var tensors = new OrtValue[_ofTensors.Length];
        try
        {
            for (var i = 0; i < tensors.Length; i++)
            {
                tensors[i] = TableTensors.Of(_manifest.Inputs[i], _ofTensors[i], rows, Batch ?? rows.Count);
            }

            return tensors;
        }
        catch
        {
            Array.ForEach(tensors, t => t?.Dispose());
            throw;
        }
    }

    public override EncodedInput Sample(int? length, int seed)
    {
        var texts = _hasTexts ? new string[_columns.Length] : null;
        var numbers = new double[_columns.Length];
        for (var i = 0; i < _columns.Length; i++)
        {
            var rules = _manifest.Table!.Columns[i];
            numbers[i] = rules.Type == ColumnType.Category ? (seed + i) % rules.Values!.Count : (seed + i) % 2;
            if (texts is not null)
            {
                texts[i] = rules.Values?[(int)numbers[i]] ?? "a";
            }
        }

        return new EncodedRow(numbers, texts);
    }

    private static void Set(int index, (double Number, string? Text) value, double[] numbers, string[]? texts)
    {
        numbers[index] = value.Number;
        if (texts is not null)
        {
            texts[index] = value.Text ?? "";
        }
    }

    private InvalidInputException Missing(string column) => new(
        "missing_column", $"The row has no value for the column '{column}', which has no default in the model {_manifest}.", column);
}
