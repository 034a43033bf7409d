using Microsoft.ML.OnnxRuntime.Tensors;
using PerCall.Inference.Packages;
using PerCall.Inference.Tasks;
using PerCall.Inference.Tensors;

namespace PerCall.Inference.Tables;

/// <summary>Validates the table section of a manifest, and compares it with its tensors.</summary>
internal static class TableManifestValidator
{
    private const int MaxColumns = 1000;
    private const int MaxName = 200;

    /// <summary>Columns of a CSV file that are not part of the row.</summary>
    private static readonly string[] Reserved = ["id", "custom_id", "model"];

    public static ManifestSection Section { get; } = new("table", m => m.Table, Check);

    private static IEnumerable<PackageFault> Check(ModelManifest m)
    {
        if (m.Table is not { } table)
        {
            yield break;
        }

        if (table.Columns.Count is < 1 or > MaxColumns)
        {
            yield return new("table.columns", $"has {table.Columns.Count} columns; allowed: 1 to {MaxColumns}.");
            yield break;
        }

        foreach (var (i, column) in table.Columns.Index())
        {
            if (column is null)
            {
                yield return new($"table.columns[{i}]", "is null; expected an object.");
                yield break;
            }

            foreach (var problem in Column(m, column))
            {
                yield return new($"table.columns[{i}].{problem.Where}", problem.Problem);
            }

            if (table.Columns.Take(i).Any(c => c.Name == column.Name))
            {
                yield return new($"table.columns[{i}].name", $"is '{column.Name}', which an earlier column has.");
            }
        }

        foreach (var fault in Tensors(m, table))
        {
            yield return fault;
        }
    }

    private static IEnumerable<PackageFault> Column(ModelManifest m, ColumnRules column)
    {
        if (string.IsNullOrWhiteSpace(column.Name) || column.Name.Length > MaxName || column.Name != column.Name.Trim())
        {
            yield return new("name", $"must have 1 to {MaxName} characters, without spaces at its ends.");
        }
        else if (Reserved.Contains(column.Name, StringComparer.OrdinalIgnoreCase))
        {
            yield return new("name", $"is '{column.Name}'; {string.Join(", ", Reserved)} have another meaning in the rows of a batch.");
        }

        if ((column.Type == ColumnType.Category) != (column.Values is not null))
        {
            yield return new(
                "values", column.Values is null ? "is missing; it is required for category." : "is allowed only for category.");
            yield break;
        }

        if (column.Values is { } values
            && (values.Count == 0 || values.Any(v => v is null) || values.Distinct(StringComparer.Ordinal).Count() != values.Count))
        {
            yield return new("values", "must list at least one text, each once.");
            yield break;
        }

        var tensor = column.Tensor is { } name ? m.Inputs.FirstOrDefault(i => i.Name == name) : m.Inputs.Count == 1 ? m.Inputs[0] : null;
        if (tensor is null)
        {
            yield return new(
                "tensor",
                column.Tensor is { } unknown
                    ? $"names '{unknown}', which is not described in inputs."
                    : $"is missing; it is required because the model has {m.Inputs.Count} inputs.");
            yield break;
        }

        var element = ElementTypes.Of(tensor.Type);
        if (!Takes(element, column.Type))
        {
            yield return new(
                "type",
                $"does not fit the tensor '{tensor.Name}', which is {ManifestNames.Of(tensor.Type)}; string takes text and category, "
                    + "bool takes bool, other types take number, bool and category.");
        }
        else if (!ElementRange.HasIndexes(element, column.Values?.Count ?? 1))
        {
            yield return new(
                "values",
                $"has {column.Values!.Count} values, more than the tensor '{tensor.Name}' can number, which is "
                    + $"{ManifestNames.Of(tensor.Type)}.");
        }
        else if (DefaultProblem(new(column, element)) is { } problem)
        {
            yield return new("default", $"is not allowed. {problem}");
        }
    }

    private static bool Takes(TensorElementType tensor, ColumnType column) => tensor switch
    {
        TensorElementType.String => column is ColumnType.Text or ColumnType.Category,
        TensorElementType.Bool => column is ColumnType.Bool,
        _ => column is not ColumnType.Text,
    };

    private static string? DefaultProblem(TableColumn column)
    {
        try
        {
            _ = column.Default;
            return null;
        }
        catch (InvalidInputException e)
        {
            return e.Message;
        }
    }

    private static IEnumerable<PackageFault> Tensors(ModelManifest m, TableRules table)
    {
        foreach (var (i, input) in m.Inputs.Index())
        {
            var columns = table.Columns.Count(c => (c.Tensor ?? (m.Inputs.Count == 1 ? input.Name : null)) == input.Name);
            if (columns == 0)
            {
                yield return new("table.columns", $"has no column for the input tensor '{input.Name}'.");
            }
            else if (input.Shape.Count is not (1 or 2)
                || (input.Shape.Count == 1 && columns != 1)
                || (input.Shape.Count == 2 && input.Shape[1] != -1 && input.Shape[1] != columns))
            {
                yield return new(
                    $"inputs[{i}].shape",
                    $"is [{string.Join(", ", input.Shape)}], but {columns} column(s) go to '{input.Name}'; expected [rows, {columns}]"
                        + $"{(columns == 1 ? " or [rows]" : "")}.");
            }

            if (input.Shape.Count > 0 && m.Inputs[0].Shape.Count > 0 && input.Shape[0] != m.Inputs[0].Shape[0])
            {
                yield return new($"inputs[{i}].shape", "must have the same number of rows as the first input.");
            }
        }
    }
}
