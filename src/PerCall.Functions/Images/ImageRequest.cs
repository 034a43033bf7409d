using System.Buffers;

namespace PerCall.Functions.Images;

/// <summary>
/// A request to classify an image, from any of the accepted body types. The image is in rented memory until the request is disposed.
/// </summary>
public sealed class ImageRequest(string? model, int? topK, byte[] rented, int length) : IDisposable
{
    private byte[]? _rented = rented;

    public string? Model => model;

    public int? TopK => topK;

    public ReadOnlyMemory<byte> Image => _rented.AsMemory(0, length);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _rented, null) is { } buffer)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
