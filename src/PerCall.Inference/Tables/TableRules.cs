using System.Text.Json;
using System.Text.Json.Serialization;
using PerCall.Inference.Tables;

namespace PerCall.Inference.Tables
{
    /// <summary>How rows of a table become the tensors of a model.</summary>
    public sealed record TableRules
    {
        /// <summary>The columns, in the order of the tensor's values.</summary>
        public required IReadOnlyList<ColumnRules> Columns { get; init; }
    }

    /// <summary>One column of a table.</summary>
    public sealed record ColumnRules
    {
        /// <summary>The name in rows and in the header of a CSV file.</summary>
        public required string Name { get; init; }

        /// <summary>What a row may have in this column.</summary>
        public required ColumnType Type { get; init; }

        /// <summary>The allowed values, for <see cref="ColumnType.Category"/>. A tensor of numbers gets the index of a value.</summary>
        public IReadOnlyList<string>? Values { get; init; }

        /// <summary>
        /// The value of rows without this column; <c>"nan"</c> is allowed for a number. Absent: each row must have the column.
        /// </summary>
        public JsonElement? Default { get; init; }

        /// <summary>The input tensor of this column, [rows] or [rows, 1]; absent if all columns go to the only input, [rows, columns].</summary>
        public string? Tensor { get; init; }
    }

    /// <summary>What a row may have in a column.</summary>
    public enum ColumnType
    {
        /// <summary>A finite number.</summary>
        [JsonStringEnumMemberName("number")]
        Number,

        /// <summary>A text, for graphs that read strings.</summary>
        [JsonStringEnumMemberName("text")]
        Text,

        /// <summary>True or false, as 1 or 0 in a tensor of numbers.</summary>
        [JsonStringEnumMemberName("bool")]
        Bool,

        /// <summary>One of the listed texts.</summary>
        [JsonStringEnumMemberName("category")]
        Category,
    }
}

namespace PerCall.Inference.Packages
{
    public sealed partial record ModelManifest
    {
        /// <summary>How rows become the input tensors; for tables.</summary>
        public TableRules? Table { get; init; }
    }

    internal sealed partial record GoldenExample
    {
        /// <summary>A row of a table.</summary>
        public JsonElement? Row { get; init; }
    }
}
