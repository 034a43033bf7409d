using System.Buffers;
using PerCall.Functions.Scoring;

namespace PerCall.Functions.Images;

/// <summary>An image in rented memory.</summary>
public sealed record ImageInput(string? Model, int TopK, byte[] Rented, int Length) : TaskInput(Model)
{
    private byte[]? _rented = Rented;

    public ReadOnlyMemory<byte> Image => _rented.AsMemory(0, Length);

    public override long Units => 1;

    public override void Dispose()
    {
        if (Interlocked.Exchange(ref _rented, null) is { } buffer)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        base.Dispose();
    }
}
