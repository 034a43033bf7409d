namespace PerCall.Functions.Batches.Formats;

/// <summary>Rows of a part of a file, one after another.</summary>
public interface IRowReader : IAsyncDisposable
{
    /// <summary>Rows passed over because there is nothing in them.</summary>
    long Blank { get; }

    /// <summary>Adds rows until there are <paramref name="most"/>, or enough bytes, or no more.</summary>
    /// <returns>Whether any was added.</returns>
    /// <exception cref="Azure.RequestFailedException">The file is not what it was (412), or gone (404), or storage fails.</exception>
    ValueTask<bool> ReadAsync(RowBatch batch, int most, CancellationToken cancellation);
}
