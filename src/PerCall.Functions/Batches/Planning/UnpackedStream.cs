using System.IO.Compression;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Batches.Planning;

/// <summary>What comes out of a gzip file, until it is out of all proportion. It is read asynchronously.</summary>
/// <param name="file">The compressed file.</param>
/// <param name="compressed">Its bytes.</param>
/// <param name="most">Bytes that may come out.</param>
public sealed class UnpackedStream(Stream file, long compressed, long most) : GZipStream(file, CompressionMode.Decompress)
{
    // Text shrinks to a tenth, or a twentieth; a bomb to a thousandth. What is small may be as dense as it likes.
    private const int MostRatio = 250;
    private const long AlwaysTaken = 64 << 20;

    private readonly long _limit = Math.Min(most, Math.Max(AlwaysTaken, compressed * MostRatio));
    private long _length;

    /// <summary>Bytes that may come out.</summary>
    public long Limit => _limit;

    /// <exception cref="RefusedException">It cannot be unpacked, or unpacks to too much.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read;
        try
        {
            read = await base.ReadAsync(buffer, cancellationToken);
        }
        catch (InvalidDataException e)
        {
            throw InputProbe.Damaged(e);
        }

        _length += read;
        return _length <= _limit ? read : throw TooLarge();
    }

    public RefusedException TooLarge() => RefusedException.BadRequest(
        "unpacked_too_large",
        "The unpacked file is too large; "
            + $"allowed: at most {_limit:N0} bytes{(_limit == most ? "" : $", which is {MostRatio} times its compressed size")}.");
}
