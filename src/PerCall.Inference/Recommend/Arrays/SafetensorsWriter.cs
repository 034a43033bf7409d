using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace PerCall.Inference.Recommend.Arrays;

/// <summary>
/// Writes arrays in the safetensors format (https://huggingface.co/docs/safetensors: the header's length in 8 bytes, a JSON header, the
/// bytes without gaps). The header is padded, as the format allows, so that the data begins on a page boundary, and so does the first and
/// largest array when the file is mapped.
/// </summary>
internal sealed class SafetensorsWriter
{
    private const int Page = 4096;
    private const int Chunk = 1 << 24;

    private readonly List<Entry> _entries = [];

    public void Add<T>(string name, ReadOnlyMemory<T> values, params long[] shape) where T : unmanaged
    {
        var bytes = (long)values.Length * Marshal.SizeOf<T>();
        var location = new TensorLocation(TensorLocation.TypeOf<T>(), shape, 0, bytes);
        if (location.Elements != values.Length)
        {
            throw new ArgumentException(
                $"'{name}' has {values.Length} values, which do not match the shape [{string.Join(", ", shape)}].", nameof(values));
        }

        _entries.Add(new(name, location, stream => Copy(values, stream)));
    }

    /// <summary>Writes the file.</summary>
    /// <returns>The location of each array.</returns>
    public IReadOnlyDictionary<string, TensorLocation> Write(string path)
    {
        // The format does not allow padding between arrays. Arrays of whole 8 bytes go first, so that 64-bit integers are aligned.
        var ordered = _entries.OrderBy(e => e.Location.Length % 8 == 0 ? 0 : 1).ThenByDescending(e => e.Location.Length).ToList();
        var header = Header(ordered);
        var start = (sizeof(long) + header.Length + Page - 1) / Page * Page;

        using var stream = File.Create(path);
        Span<byte> length = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, start - sizeof(long));
        stream.Write(length);
        stream.Write(header);
        stream.Write([.. Enumerable.Repeat((byte)' ', start - sizeof(long) - header.Length)]);

        var written = new Dictionary<string, TensorLocation>(StringComparer.Ordinal);
        foreach (var entry in ordered)
        {
            written[entry.Name] = entry.Location with { Offset = stream.Position };
            entry.CopyTo(stream);
        }

        return written;
    }

    private static byte[] Header(List<Entry> entries)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            var offset = 0L;
            foreach (var (name, location, _) in entries)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", location.Type);
                json.WriteStartArray("shape");
                foreach (var dimension in location.Shape)
                {
                    json.WriteNumberValue(dimension);
                }

                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += location.Length);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static void Copy<T>(ReadOnlyMemory<T> values, Stream stream) where T : unmanaged
    {
        // The byte counts of large matrices exceed the maximum length of a span.
        for (var from = 0; from < values.Length; from += Chunk)
        {
            stream.Write(MemoryMarshal.AsBytes(values.Span.Slice(from, Math.Min(Chunk, values.Length - from))));
        }
    }

    private sealed record Entry(string Name, TensorLocation Location, Action<Stream> CopyTo);
}
