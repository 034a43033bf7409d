using System.Buffers.Binary;
using System.IO.Compression;

namespace PerCall.Bench.Accuracy;

/// <summary>An IDX file of unsigned bytes, the format in which MNIST and its successors are published.</summary>
internal sealed class IdxFile
{
    private const byte UnsignedByte = 0x08;

    private readonly byte[] _values;
    private readonly int _size;

    private IdxFile(int[] shape, byte[] values)
    {
        (Shape, _values) = (shape, values);
        _size = shape.Skip(1).Aggregate(1, (product, side) => product * side);
    }

    public IReadOnlyList<int> Shape { get; }

    public int Count => Shape[0];

    /// <summary>The values of one item: a picture's pixels, or a single label.</summary>
    public ReadOnlySpan<byte> this[int item] => _values.AsSpan(item * _size, _size);

    /// <param name="path">Compressed by gzip if its name ends in .gz.</param>
    /// <exception cref="InvalidDataException">It is no such file.</exception>
    public static IdxFile Read(string path)
    {
        using var file = File.OpenRead(path);
        using var unpacked = new MemoryStream();
        if (path.EndsWith(".gz", StringComparison.Ordinal))
        {
            using var gzip = new GZipStream(file, CompressionMode.Decompress);
            gzip.CopyTo(unpacked);
        }
        else
        {
            file.CopyTo(unpacked);
        }

        var bytes = unpacked.ToArray();
        if (bytes is not [0, 0, UnsignedByte, var rank, ..])
        {
            throw new InvalidDataException($"{path} is no IDX file of unsigned bytes.");
        }

        int[] shape = [.. Enumerable.Range(0, rank).Select(d => BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(4 + (4 * d))))];
        var values = bytes[(4 + (4 * rank))..];
        return values.Length == shape.Aggregate(1, (product, side) => product * side)
            ? new(shape, values)
            : throw new InvalidDataException($"{path} holds {values.Length} values, which is not {string.Join(" × ", shape)}.");
    }
}
