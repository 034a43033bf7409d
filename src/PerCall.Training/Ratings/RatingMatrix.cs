namespace PerCall.Training.Ratings;

/// <summary>Ratings by row (compressed sparse rows), with the columns of a row in ascending order.</summary>
internal sealed class RatingMatrix
{
    private RatingMatrix(int columnCount, long[] offsets, int[] columns, float[] values) =>
        (ColumnCount, Offsets, Columns, Values) = (columnCount, offsets, columns, values);

    public int RowCount => Offsets.Length - 1;

    public int ColumnCount { get; }

    /// <summary>The start of each row in <see cref="Columns"/> and <see cref="Values"/>, followed by the end of the last row.</summary>
    public long[] Offsets { get; }

    public int[] Columns { get; }

    public float[] Values { get; }

    public static RatingMatrix Build(int rowCount, int columnCount, int[] rows, int[] columns, float[] values)
    {
        // Two stable counting sorts, by column and then by row, leave each row's columns in order.
        var (byColumn, _) = Sort(columns, columnCount, order: null);
        var (byRow, offsets) = Sort(rows, rowCount, byColumn);
        var sortedColumns = new int[values.Length];
        var sortedValues = new float[values.Length];
        for (var n = 0; n < byRow.Length; n++)
        {
            sortedColumns[n] = columns[byRow[n]];
            sortedValues[n] = values[byRow[n]];
        }

        return new(columnCount, offsets, sortedColumns, sortedValues);
    }

    public ReadOnlySpan<int> ColumnsOf(int row) => Columns.AsSpan((int)Offsets[row], CountOf(row));

    public ReadOnlySpan<float> ValuesOf(int row) => Values.AsSpan((int)Offsets[row], CountOf(row));

    public int CountOf(int row) => (int)(Offsets[row + 1] - Offsets[row]);

    private static (int[] Order, long[] Offsets) Sort(int[] keys, int keyCount, int[]? order)
    {
        var offsets = new long[keyCount + 1];
        foreach (var key in keys)
        {
            offsets[key + 1]++;
        }

        for (var key = 0; key < keyCount; key++)
        {
            offsets[key + 1] += offsets[key];
        }

        var next = offsets.AsSpan(0, keyCount).ToArray();
        var sorted = new int[keys.Length];
        for (var n = 0; n < keys.Length; n++)
        {
            var entry = order is null ? n : order[n];
            sorted[next[keys[entry]]++] = entry;
        }

        return (sorted, offsets);
    }
}
