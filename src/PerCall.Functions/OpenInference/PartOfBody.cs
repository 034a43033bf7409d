using PerCall.Functions.Requests;

namespace PerCall.Functions.OpenInference;

/// <summary>The next bytes of a body, as a stream that ends after them.</summary>
/// <param name="body">The body.</param>
/// <param name="length">The number of bytes.</param>
internal sealed class PartOfBody(Stream body, int length) : ReadingStream
{
    private int _left = length;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_left == 0)
        {
            return 0;
        }

        var read = await body.ReadAsync(buffer[..Math.Min(buffer.Length, _left)], cancellationToken);
        _left -= read;
        return read;
    }
}
