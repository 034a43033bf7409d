using System.IO.Compression;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Batches.Planning;

/// <summary>What the first bytes of a file say about it.</summary>
/// <param name="Format">Under its compression.</param>
/// <param name="Gzip">Whether it is compressed.</param>
/// <param name="Delimiter">Of CSV.</param>
/// <param name="Columns">Of CSV.</param>
/// <param name="Start">Where rows begin: behind the header.</param>
/// <param name="StartLine">The line there.</param>
internal sealed record InputProbe(InputFormat Format, bool Gzip, char Delimiter, IReadOnlyList<string>? Columns, long Start, long StartLine)
{
    private const int HeadBytes = 256 << 10;

    /// <param name="open">Opens the file.</param>
    /// <param name="fileName">Its ending decides where its content does not.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="RefusedException">It is nothing that is read here.</exception>
    public static async Task<InputProbe> ReadAsync(Func<Stream> open, string fileName, CancellationToken cancellation)
    {
        var head = await HeadAsync(open(), cancellation);
        if (head.AsSpan().StartsWith("PK\u0003\u0004"u8) || head.AsSpan().StartsWith("PK\u0005\u0006"u8))
        {
            return new(InputFormat.Zip, false, ',', null, 0, 1);
        }

        var gzip = head is [0x1f, 0x8b, ..];
        if (gzip)
        {
            head = await UnpackedHeadAsync(open, cancellation);
            fileName = fileName.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? fileName[..^3] : fileName;
        }

        return Text(head, fileName, gzip);
    }

    private static InputProbe Text(byte[] head, string fileName, bool gzip)
    {
        if (head is [0xff, 0xfe, ..] or [0xfe, 0xff, ..] or [0, _, ..] or [_, 0, ..])
        {
            throw RefusedException.BadRequest("invalid_encoding", "The file is in UTF-16 or UTF-32, or no text at all; UTF-8 is read, with or without a byte order mark.");
        }

        var mark = head.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0;
        var text = head.AsSpan(mark).TrimStart(" \t\r\n"u8);
        if (text.IsEmpty)
        {
            throw RefusedException.BadRequest("empty_file", "The file has no rows.");
        }

        if (text[0] == (byte)'{')
        {
            return new(InputFormat.JsonLines, gzip, ',', null, 0, 1);
        }

        if (text[0] == (byte)'[' && !IsTable(fileName))
        {
            throw RefusedException.BadRequest("json_array", "The file is a JSON array; JSON Lines are read: an object on each line, without commas between them.");
        }

        var begins = head.Length - text.Length;
        var end = new CsvScanner((byte)'\n').FindEnd(text);
        if (end < 0 && head.Length >= HeadBytes)
        {
            throw RefusedException.BadRequest("header_too_long", $"The file's first line, which names the columns of a CSV file, is longer than {HeadBytes:N0} bytes.");
        }

        var header = head.AsMemory(begins, end < 0 ? text.Length : end);
        var line = header[..header.Span.TrimEnd("\r\n"u8).Length];
        var delimiter = DelimiterOf(line.Span, fileName);
        var columns = CsvColumns.Split(line, delimiter, out var fault) ?? throw RefusedException.BadRequest(fault!.Code, $"The first line, which names the columns: {fault.Message}");
        return new(InputFormat.Csv, gzip, delimiter, columns, begins + header.Length, 1 + head.AsSpan(0, begins + header.Length).Count((byte)'\n'));
    }

    private static bool IsTable(string fileName) => fileName.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) || fileName.EndsWith(".tsv", StringComparison.OrdinalIgnoreCase);

    private static char DelimiterOf(ReadOnlySpan<byte> header, string fileName)
    {
        if (fileName.EndsWith(".tsv", StringComparison.OrdinalIgnoreCase) || (header.Contains((byte)'\t') && !header.Contains((byte)',')))
        {
            return '\t';
        }

        // As spreadsheets write it where the comma is for decimals.
        return header.Contains((byte)';') && !header.Contains((byte)',') ? ';' : ',';
    }

    private static async Task<byte[]> HeadAsync(Stream stream, CancellationToken cancellation)
    {
        await using (stream)
        {
            var head = new byte[HeadBytes];
            return head[..await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellation)];
        }
    }

    private static async Task<byte[]> UnpackedHeadAsync(Func<Stream> open, CancellationToken cancellation)
    {
        try
        {
            return await HeadAsync(new GZipStream(open(), CompressionMode.Decompress), cancellation);
        }
        catch (InvalidDataException e)
        {
            throw Damaged(e);
        }
    }

    public static RefusedException Damaged(InvalidDataException why) => RefusedException.BadRequest("damaged_archive", "The file begins as gzip and cannot be unpacked.", inner: why);
}
