using PerCall.Functions.Batches.Files;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Batches.Planning;

/// <summary>Unpacks a compressed file into another one.</summary>
/// <param name="compressed">Bytes of the compressed file.</param>
/// <param name="most">Bytes that are taken.</param>
public sealed class Unpacker(long compressed, long most)
{
    /// <exception cref="RefusedException">It cannot be unpacked, or unpacks to too much.</exception>
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
