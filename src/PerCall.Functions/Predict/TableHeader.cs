using PerCall.Functions.Requests;
using PerCall.Inference.Tables;

namespace PerCall.Functions.Predict;

/// <summary>Compares the header of a CSV file with the columns of a model. Names are compared exactly.</summary>
public static class TableHeader
{
    private const int MostNamed = 100;

    /// <exception cref="RefusedException">400: a column without a default is missing, or the model does not have a column.</exception>
    public static void Require(string model, TableRules table, IReadOnlyCollection<string> columns)
    {
        var missing = table.Columns.Where(c => c.Default is null).Select(c => c.Name).Except(columns, StringComparer.Ordinal).ToList();
        var unknown = columns.Except(table.Columns.Select(c => c.Name), StringComparer.Ordinal).ToList();
        if (missing.Count + unknown.Count == 0)
        {
            return;
        }

        throw RefusedException.BadRequest(
            missing.Count > 0 ? "missing_column" : "unknown_column",
            $"The header does not fit the model {model}:"
                + (missing.Count > 0 ? $" {Names(missing)} {(missing.Count == 1 ? "is" : "are")} missing" : "")
                + (missing.Count > 0 && unknown.Count > 0 ? "," : "")
                + (unknown.Count > 0 ? $" the model has no {Names(unknown)}" : "")
                + $". The model's columns: {string.Join(", ", table.Columns.Take(MostNamed).Select(Shown))}"
                + (table.Columns.Count > MostNamed ? $" and {table.Columns.Count - MostNamed} more." : "."),
            Page.Short(missing.Concat(unknown).First()));
    }

    private static string Shown(ColumnRules column) => column.Default is null ? column.Name : $"{column.Name} (optional)";

    private static string Names(List<string> names) =>
        string.Join(", ", names.Take(MostNamed).Select(n => $"'{Page.Short(n)}'"));
}
