using PerCall.Functions.Batches.Formats;

namespace PerCall.Functions.Batches.Quotes;

/// <summary>The first rows of a file, as far as a quote reads them, and an estimate for the rest.</summary>
/// <param name="reader">Reads the rows.</param>
public abstract class QuotedRows(IRowReader reader) : IAsyncDisposable
{
    public IRowReader Reader => reader;

    /// <summary>Returns the number of unpacked bytes of the file read so far.</summary>
    public abstract long Read { get; }

    /// <summary>Returns whether enough bytes have been read for a quote.</summary>
    public abstract bool IsEnough { get; }

    /// <summary>Estimates the size of the file. Call it after the last read.</summary>
    /// <param name="rows">The number of rows read.</param>
    public abstract QuotedSize SizeOf(long rows);

    public ValueTask DisposeAsync() => reader.DisposeAsync();
}

/// <summary>The estimated size of a file.</summary>
/// <param name="Rows">The number of rows, extrapolated from the rows read.</param>
/// <param name="MostRows">The maximum number of rows.</param>
/// <param name="Bytes">The unpacked size in bytes, extrapolated from the bytes read.</param>
/// <param name="MostBytes">The maximum unpacked size in bytes.</param>
/// <param name="Extrapolated">Whether the file continues after the part read.</param>
public readonly record struct QuotedSize(long Rows, long MostRows, long Bytes, long MostBytes, bool Extrapolated);
