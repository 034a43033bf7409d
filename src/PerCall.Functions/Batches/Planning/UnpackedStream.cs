using System.IO.Compression;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Batches.Planning;

/// <summary>Unpacks a gzip file up to a maximum size and a maximum compression ratio. Supports asynchronous reads.</summary>
/// <param name="file">The compressed file.</param>
/// <param name="compressed">The size of the compressed file in bytes.</param>
/// <param name="most">The maximum unpacked size in bytes.</param>
public sealed class UnpackedStream(Stream file, long compressed, long most) : GZipStream(file, CompressionMode.Decompress)
{
    // Text shrinks to a tenth or a twentieth of its size, a zip bomb to a thousandth. Small files may have any ratio.
    private const int MostRatio = 250;
    private const long AlwaysTaken = 64 << 20;

    private readonly long _limit = Math.Min(most, Math.Max(AlwaysTaken, compressed * MostRatio));
    private long _length;

    /// <summary>Returns the maximum unpacked size in bytes.</summary>
    public long Limit => _limit;

    /// <exception cref="RefusedException">The file cannot be unpacked, or its unpacked size exceeds the limit.</exception>
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
