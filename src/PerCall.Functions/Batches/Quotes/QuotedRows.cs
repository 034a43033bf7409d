using PerCall.Functions.Batches.Formats;

namespace PerCall.Functions.Batches.Quotes;

/// <summary>The beginning of a file, as far as a quote reads it, and what can be said of the rest.</summary>
/// <param name="reader">Its rows.</param>
public abstract class QuotedRows(IRowReader reader) : IAsyncDisposable
{
    public IRowReader Reader => reader;

    /// <summary>Bytes of the file, unpacked, that have been read.</summary>
    public abstract long Read { get; }

    /// <summary>Whether what has been read is as much as a quote reads.</summary>
    public abstract bool IsEnough { get; }

    /// <summary>What the file has, to be asked when nothing more is read.</summary>
    /// <param name="rows">Rows that were read.</param>
    public abstract QuotedSize SizeOf(long rows);

    public ValueTask DisposeAsync() => reader.DisposeAsync();
}

/// <summary>How much a file has.</summary>
/// <param name="Rows">Rows, as far as what was read tells.</param>
/// <param name="MostRows">Rows that there can be at most.</param>
/// <param name="Bytes">Unpacked bytes, as far as what was read tells.</param>
/// <param name="MostBytes">Unpacked bytes that there can be at most.</param>
/// <param name="Extrapolated">Whether there is more than was read.</param>
public readonly record struct QuotedSize(long Rows, long MostRows, long Bytes, long MostBytes, bool Extrapolated);
