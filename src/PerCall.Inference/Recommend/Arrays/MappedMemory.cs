using System.Buffers;

namespace PerCall.Inference.Recommend.Arrays;

/// <summary>An array in a mapped file, as memory. The file must outlive it.</summary>
internal sealed unsafe class MappedMemory<T>(byte* address, int length) : MemoryManager<T> where T : unmanaged
{
    public override Span<T> GetSpan() => new(address, length);

    public override MemoryHandle Pin(int elementIndex = 0) => new((T*)address + elementIndex);

    public override void Unpin()
    {
        // A mapping does not move.
    }

    protected override void Dispose(bool disposing)
    {
        // The file owns the mapping.
    }
}
