using System.Buffers;

namespace PerCall.Functions.Images;

/// <summary>
/// A call for the labels of a picture, whichever form it came in. The picture lies in rented memory until it is disposed of.
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
