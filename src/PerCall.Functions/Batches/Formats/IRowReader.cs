namespace PerCall.Functions.Batches.Formats;

/// <summary>Reads the rows of a part of a file in order.</summary>
public interface IRowReader : IAsyncDisposable
{
    /// <summary>Returns the number of empty rows that were skipped.</summary>
    long Blank { get; }

    /// <summary>Adds rows to the batch until it has <paramref name="most"/> rows or enough bytes, or until the part ends.</summary>
    /// <returns>Whether any row was added.</returns>
    /// <exception cref="Azure.RequestFailedException">The file has changed (412) or was deleted (404), or storage fails.</exception>
    ValueTask<bool> ReadAsync(RowBatch batch, int most, CancellationToken cancellation);
}
