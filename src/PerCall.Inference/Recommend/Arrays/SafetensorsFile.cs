using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace PerCall.Inference.Recommend.Arrays;

/// <summary>
/// A memory-mapped file of arrays. ONNX Runtime maps the same file, so both share its pages in memory.
/// </summary>
internal sealed unsafe class SafetensorsFile : IDisposable
{
    private const long MaxHeader = 1 << 20;

    private readonly string _name;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly SafeMemoryMappedViewHandle _handle;
    private readonly byte* _address;

    /// <exception cref="InvalidDataException">The file is not in the format.</exception>
    public SafetensorsFile(string path)
    {
        _name = Path.GetFileName(path);
        var length = new FileInfo(path).Length;
        if (length < sizeof(long))
        {
            throw new InvalidDataException($"{_name} has {length} bytes, which is too short for a header.");
        }

        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _handle = _view.SafeMemoryMappedViewHandle;
        _handle.AcquirePointer(ref _address);
        try
        {
            Tensors = Header(length);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Locations of its arrays, by name.</summary>
    public IReadOnlyDictionary<string, TensorLocation> Tensors { get; }

    /// <summary>Returns one array, valid until the file is disposed.</summary>
    /// <exception cref="InvalidDataException">The array is missing, or has another type or shape.</exception>
    public ReadOnlyMemory<T> Read<T>(string name, params long[] shape) where T : unmanaged
    {
        if (!Tensors.TryGetValue(name, out var tensor))
        {
            throw new InvalidDataException($"{_name} has no array '{name}'; it has {string.Join(", ", Tensors.Keys)}.");
        }

        var type = TensorLocation.TypeOf<T>();
        if (tensor.Type != type || !tensor.Shape.SequenceEqual(shape))
        {
            throw new InvalidDataException(
                $"'{name}' of {_name} is {tensor.Type}[{string.Join(", ", tensor.Shape)}]; expected {type}[{string.Join(", ", shape)}].");
        }

        return new MappedMemory<T>(_address + tensor.Offset, checked((int)tensor.Elements)).Memory;
    }

    public void Dispose()
    {
        _handle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private Dictionary<string, TensorLocation> Header(long fileLength)
    {
        var header = BinaryPrimitives.ReadInt64LittleEndian(new ReadOnlySpan<byte>(_address, sizeof(long)));
        if (header is < 2 or > MaxHeader || header > fileLength - sizeof(long))
        {
            throw new InvalidDataException(
                $"{_name} declares a header of {header} bytes; allowed: 2 to {Math.Min(MaxHeader, fileLength - sizeof(long))}.");
        }

        var start = sizeof(long) + header;
        try
        {
            using var json = JsonDocument.Parse(new MappedMemory<byte>(_address + sizeof(long), (int)header).Memory);
            return json.RootElement.EnumerateObject()
                .Where(p => p.Name != "__metadata__")
                .ToDictionary(p => p.Name, p => Location(p.Name, p.Value, start, fileLength), StringComparer.Ordinal);
        }
        catch (Exception e)
            when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException)
        {
            throw new InvalidDataException($"{_name} has an unreadable header: {e.Message}", e);
        }
    }

    private TensorLocation Location(string name, JsonElement json, long start, long fileLength)
    {
        var offsets = json.GetProperty("data_offsets");
        var (begin, end) = (offsets[0].GetInt64(), offsets[1].GetInt64());
        var location = new TensorLocation(
            json.GetProperty("dtype").GetString()!, [.. json.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())],
            start + begin, end - begin);
        var element = location.Type switch { "F32" or "I32" => 4, "I64" => 8, _ => 0 };
        var size = element == 0 || location.Shape.Any(d => d < 0) ? (Int128)location.Length : location.Shape.Aggregate(
            (Int128)element, (product, d) => product * d);
        return begin >= 0 && end >= begin && end <= fileLength - start && size == location.Length
            ? location
            : throw new InvalidDataException(
                $"'{name}' of {_name} is {location.Type}[{string.Join(", ", location.Shape)}] in bytes {begin} to {end} of "
                    + $"{fileLength - start}; shape and byte range do not match.");
    }
}
