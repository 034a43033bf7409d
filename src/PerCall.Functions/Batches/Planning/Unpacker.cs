using PerCall.Functions.Requests;
using PerCall.Functions.Transfers;

namespace PerCall.Functions.Batches.Planning;

/// <summary>Unpacks a compressed file into another blob.</summary>
/// <param name="compressed">The size of the compressed file in bytes.</param>
/// <param name="most">The maximum unpacked size in bytes.</param>
public sealed class Unpacker(long compressed, long most)
{
    /// <exception cref="RefusedException">The file cannot be unpacked, or its unpacked size exceeds the limit.</exception>
    public async Task UnpackAsync(Stream file, BlockUpload upload, CancellationToken cancellation)
    {
        await using var stream = new UnpackedStream(file, compressed, most);
        var buffer = new byte[1 << 20];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellation)) > 0)
        {
            await upload.AddAsync(buffer.AsMemory(0, read), cancellation);
        }
    }
}
