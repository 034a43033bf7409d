using System.IO.Compression;
using System.Text;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Shards;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;
using PerCall.Inference;

namespace PerCall.Functions.Batches.Planning;

/// <summary>The format of a file, detected from its first bytes.</summary>
/// <param name="Format">The format, without compression.</param>
/// <param name="Gzip">Whether the file is compressed with gzip.</param>
/// <param name="Delimiter">The delimiter of CSV.</param>
/// <param name="Columns">The columns of CSV; otherwise null.</param>
/// <param name="Start">The offset of the first row, after the header.</param>
/// <param name="StartLine">The line number at <paramref name="Start"/>.</param>
/// <param name="LineEnds">The line ends of most lines.</param>
/// <param name="Encoding">The encoding of the text; null: UTF-8.</param>
/// <param name="Mark">Whether the file begins with a byte order mark.</param>
public sealed record InputProbe(
    InputFormat Format,
    bool Gzip,
    char Delimiter,
    IReadOnlyList<string>? Columns,
    long Start,
    long StartLine,
    LineEnds LineEnds,
    string? Encoding = null,
    bool Mark = false)
{
    private const int HeadBytes = 256 << 10;

    private static readonly char[] Delimiters = [',', ';', '\t'];

    public RowFormat RowFormat => new(Format, Delimiter, Columns, LineEnds, Encoding);

    /// <inheritdoc cref="ReadAsync(Func{Stream}, string, IInputReader, string?, CancellationToken)"/>
    public static Task<InputProbe> ReadAsync(
        RowSource source, JobInput input, string fileName, IInputReader scorer, string? encoding, CancellationToken cancellation) =>
        ReadAsync(() => source.Open(input, 0, HeadBytes), fileName, scorer, encoding, cancellation);

    /// <param name="open">Opens the file.</param>
    /// <param name="fileName">The file name. Its extension decides if the content is ambiguous.</param>
    /// <param name="scorer">The scorer of the task. The column names that it reads identify the delimiter.</param>
    /// <param name="encoding">The encoding named in the call; null: UTF-8.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <exception cref="RefusedException">The format of the file is not supported.</exception>
    public static async Task<InputProbe> ReadAsync(
        Func<Stream> open, string fileName, IInputReader scorer, string? encoding, CancellationToken cancellation)
    {
        var head = await HeadAsync(open(), cancellation);
        if (IsZip(head))
        {
            if (OfficeDocument.IsOne(head))
            {
                throw Unsupported("an Office document (.xlsx, .docx, .ods; save a table as CSV in UTF-8 first)");
            }

            return new(InputFormat.Zip, false, ',', null, 0, 1, LineEnds.LineFeed);
        }

        var gzip = IsGzip(head);
        if (gzip)
        {
            head = await UnpackedHeadAsync(open, cancellation);
            fileName = fileName.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? fileName[..^3] : fileName;
            if (IsGzip(head) || IsZip(head))
            {
                throw Unsupported(IsZip(head) ? "a ZIP archive within gzip" : "gzip within gzip");
            }
        }

        if (FileSignatures.KindOf(head) is { } kind)
        {
            throw Unsupported(gzip ? $"{kind} within gzip" : kind);
        }

        if (IsArchiveBehindOther(head, fileName))
        {
            throw RefusedException.BadRequest(
                "damaged_archive",
                "The file is a ZIP archive with other data before its first entry, or a file that is only named .zip; "
                    + "an archive must begin with its first entry.");
        }

        return Text(head, fileName, gzip, scorer, encoding);
    }

    private static InputProbe Text(byte[] head, string fileName, bool gzip, IInputReader scorer, string? encoding)
    {
        if (head is [0xff, 0xfe, ..] or [0xfe, 0xff, ..] or [0, _, ..] or [_, 0, ..])
        {
            throw RefusedException.BadRequest(
                "invalid_encoding", "The file is in UTF-16 or UTF-32, or is not text; allowed: UTF-8, with or without a byte order mark.");
        }

        if (encoding is null)
        {
            TextEncodings.RequireUtf8(head, head.Length < HeadBytes);
        }

        var mark = head.Length - TextEncodings.WithoutMarks(head).Length;
        if (mark > 0 && encoding is not null)
        {
            throw RefusedException.BadRequest(
                "invalid_encoding",
                $"The file begins with a UTF-8 byte order mark, but 'encoding' is '{encoding}'; leave out 'encoding'.",
                "encoding");
        }

        var text = head.AsSpan(mark).TrimStart(" \t\r\n"u8);
        if (text.IsEmpty)
        {
            throw RefusedException.BadRequest("empty_file", "The file has no rows.");
        }

        if (text[0] == (byte)'{')
        {
            // A carriage return within a line of JSON is only white space.
            var ends = text.Contains((byte)'\n') || text.IndexOf("}\r"u8) < 0 ? LineEnds.LineFeed : LineEnds.CarriageReturn;
            return new(InputFormat.JsonLines, gzip, ',', null, 0, 1, ends, encoding, mark > 0);
        }

        if (text[0] == (byte)'[' && !IsTable(fileName))
        {
            throw RefusedException.BadRequest(
                "json_array", "The file is a JSON array; send JSON Lines: one object per line, without commas between them.");
        }

        return Table(head, head.Length - text.Length, fileName, gzip, scorer, encoding) with { Mark = mark > 0 };
    }

    /// <param name="head">The first bytes of the file.</param>
    /// <param name="begins">The offset of the header.</param>
    /// <param name="fileName">The file name.</param>
    /// <param name="gzip">Whether the file is compressed with gzip.</param>
    /// <param name="scorer">The scorer of the task.</param>
    /// <param name="encoding">The encoding of the text.</param>
    private static InputProbe Table(byte[] head, int begins, string fileName, bool gzip, IInputReader scorer, string? encoding)
    {
        var (said, behind) = SaidDelimiter(head.AsSpan(begins));
        begins += behind;
        (char Delimiter, CsvColumns Columns, int End)? best = null;
        RowFault? first = null;
        foreach (var delimiter in said is { } only
            ? [only]
            : fileName.EndsWith(".tsv", StringComparison.OrdinalIgnoreCase) ? ['\t', .. Delimiters] : Delimiters)
        {
            var end = new CsvScanner((byte)delimiter, LineEnds.Any).FindEnd(head.AsSpan(begins));
            if (end < 0 && head.Length >= HeadBytes)
            {
                first ??= new("header_too_long", $"It is too long; allowed: at most {HeadBytes:N0} bytes.");
                continue;
            }

            var header = head.AsMemory(begins, end < 0 ? head.Length - begins : end);
            var text = header[..header.Span.TrimEnd("\r\n"u8).Length];
            if (CsvColumns.Split(
                TextEncodings.Find(encoding) is { } other ? TextEncodings.ToUtf8(text.Span, other) : text,
                delimiter,
                out var fault) is not { } names)
            {
                first ??= fault;
                continue;
            }

            var columns = new CsvColumns(names, delimiter, scorer);
            if (best is null || (columns.Known, names.Count).CompareTo((best.Value.Columns.Known, best.Value.Columns.Names.Count)) > 0)
            {
                best = (delimiter, columns, begins + header.Length);
            }
        }

        if (best is not var (found, table, start))
        {
            throw RefusedException.BadRequest(first!.Code, $"The first line, which contains the column names, is invalid: {first.Message}");
        }

        var line = 1 + default(LineTally).Add(head.AsSpan(0, start));
        return new(InputFormat.Csv, gzip, found, table.Names, start, line, LineEndsOf(head, begins, start, found), encoding);
    }

    /// <summary>
    /// Returns the delimiter that a line such as <c>sep=;</c> declares, which Excel writes before the header, and the length of that line.
    /// </summary>
    private static (char? Delimiter, int Length) SaidDelimiter(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOfAny((byte)'\r', (byte)'\n');
        var line = (end < 0 ? text : text[..end]).Trim("\""u8);
        if (line.Length != "sep=".Length + 1 || !Ascii.EqualsIgnoreCase(line[..^1], "sep="u8))
        {
            return (null, 0);
        }

        return ((char)line[^1], end < 0 ? text.Length : text.Length - text[end..].TrimStart("\r\n"u8).Length);
    }

    /// <summary>Returns the line ends of most lines at the start of the file; in a tie, those of the header.</summary>
    private static LineEnds LineEndsOf(ReadOnlySpan<byte> head, int begins, int start, char delimiter)
    {
        var (feeds, returns) = (0, 0);
        var scanner = new CsvScanner((byte)delimiter, LineEnds.Any);
        var rows = head[start..];
        for (int end; (end = scanner.FindEnd(rows)) >= 0; rows = rows[end..])
        {
            // The last byte may be the first half of a line end.
            if (end < rows.Length || rows[end - 1] == (byte)'\n')
            {
                (feeds, returns) = rows[end - 1] == (byte)'\n' ? (feeds + 1, returns) : (feeds, returns + 1);
            }
        }

        var ofHeader = start > begins && head[start - 1] == (byte)'\r';
        return returns > feeds || (returns == feeds && ofHeader) ? LineEnds.CarriageReturn : LineEnds.LineFeed;
    }

    private static bool IsZip(byte[] head) => head.AsSpan().StartsWith("PK\u0003\u0004"u8) || head.AsSpan().StartsWith("PK\u0005\u0006"u8);

    private static bool IsGzip(byte[] head) => head is [0x1f, 0x8b, ..];

    private static bool IsArchiveBehindOther(ReadOnlySpan<byte> head, string fileName) =>
        fileName.EndsWith(".zip", StringComparison.OrdinalIgnoreCase) || (head.IndexOf("PK\u0003\u0004"u8) > 0 && head.Contains((byte)0));

    private static RefusedException Unsupported(string kind) => RefusedException.BadRequest(
        "unsupported_format",
        $"The file is {kind}, which is not supported; allowed: JSON Lines, CSV, each with or without gzip, and ZIP archives of pictures.");

    private static bool IsTable(string fileName) =>
        fileName.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) || fileName.EndsWith(".tsv", StringComparison.OrdinalIgnoreCase);

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

    public static RefusedException Damaged(InvalidDataException why) => RefusedException.BadRequest(
        "damaged_archive", "The file is damaged gzip data and cannot be unpacked.", inner: why);
}
