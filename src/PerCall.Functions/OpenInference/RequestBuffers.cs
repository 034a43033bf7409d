using PerCall.Functions.Requests;

namespace PerCall.Functions.OpenInference;

/// <summary>Memory for what is parsed from a request.</summary>
/// <param name="memory">The request's share of the memory budget; null when the memory is not counted.</param>
/// <param name="owned">Gets each buffer, and disposes of it later.</param>
internal sealed class RequestBuffers(BodyMemory? memory, ICollection<IDisposable> owned)
{
    /// <summary>The runtime's own memory for a string, without its characters.</summary>
    private const int StringBytes = 32;

    public RentedBuffer Rent()
    {
        var buffer = new RentedBuffer(
            memory, Array.MaxLength, () => throw new InvalidOperationException("The tensors of a body are longer than any array."));
        owned.Add(buffer);
        return buffer;
    }

    /// <summary>Counts the runtime's copies of strings.</summary>
    public void CountStrings(int count, int bytes) => memory?.Hold(((long)count * StringBytes) + bytes);
}
