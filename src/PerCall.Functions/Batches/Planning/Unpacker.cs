using System.IO.Compression;
using PerCall.Functions.Batches.Files;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Batches.Planning;

/// <summary>Unpacks a compressed file, and stops where what comes out is out of all proportion.</summary>
/// <param name="compressed">Bytes of the compressed file.</param>
/// <param name="most">Bytes that are taken.</param>
internal sealed class Unpacker(long compressed, long most)
{
    // Text shrinks to a tenth, or a twentieth; a bomb to a thousandth. What is small may be as dense as it likes.
    private const int MostRatio = 250;
    private const long AlwaysTaken = 64 << 20;

    /// <exception cref="RefusedException">It cannot be unpacked, or unpacks to too much.</exception>
    public async Task UnpackAsync(Stream file, BlockUpload upload, CancellationToken cancellation)
    {
        var limit = Math.Min(most, Math.Max(AlwaysTaken, compressed * MostRatio));
        await using var stream = new GZipStream(file, CompressionMode.Decompress);
        var buffer = new byte[1 << 20];
        try
        {
            int read;
            while ((read = await stream.ReadAsync(buffer, cancellation)) > 0)
            {
                await upload.AddAsync(buffer.AsMemory(0, read), cancellation);
                if (upload.Length > limit)
                {
                    throw RefusedException.BadRequest(
                        "unpacked_too_large", $"The file unpacks to more than {limit:N0} bytes, {(limit == most ? "which is what is taken" : $"{MostRatio} times its own length, as no honest file does")}.");
                }
            }
        }
        catch (InvalidDataException e)
        {
            throw InputProbe.Damaged(e);
        }
    }
}
