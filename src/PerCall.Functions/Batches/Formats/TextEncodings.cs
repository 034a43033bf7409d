using System.Buffers;
using System.Text;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Batches.Formats;

/// <summary>
/// The supported text encodings: those in which line ends, delimiters and quotation marks have the same bytes as in ASCII. All rows are
/// converted to UTF-8.
/// </summary>
public static class TextEncodings
{
    public const string Utf8 = "utf-8";

    private static readonly string[] Names =
    [
        Utf8, "windows-1250", "windows-1251", "windows-1252", "windows-1253", "windows-1254", "windows-1257",
        "iso-8859-1", "iso-8859-2", "iso-8859-15",
    ];

    /// <summary>The most likely encoding of text that is not UTF-8. Spreadsheets use it in Western Europe and the Americas.</summary>
    private const string Likely = "windows-1252";

    /// <summary>
    /// The number of invalid lines that one line with valid multibyte UTF-8 characters outweighs. Bytes of other encodings are occasionally
    /// valid UTF-8.
    /// </summary>
    private const int SureLines = 4;

    public static string Known => string.Join(", ", Names);

    /// <summary>Returns the byte order mark of UTF-8.</summary>
    public static ReadOnlySpan<byte> Mark => "\uFEFF"u8;

    /// <summary>Skips all byte order marks at the start. Files that were concatenated or rewritten by an editor can have several.</summary>
    public static ReadOnlySpan<byte> WithoutMarks(ReadOnlySpan<byte> text)
    {
        while (text.StartsWith(Mark))
        {
            text = text[Mark.Length..];
        }

        return text;
    }

    /// <summary>Finds an encoding by its name; null: UTF-8, which needs no conversion.</summary>
    /// <param name="name">The name, validated by <see cref="Check"/>.</param>
    public static Encoding? Find(string? name) => name is null or Utf8
        ? null
        : CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);

    /// <summary>Validates the encoding named in a call.</summary>
    /// <returns>The encoding's name; null: UTF-8.</returns>
    /// <exception cref="RefusedException">400: the encoding is not supported.</exception>
    public static string? Check(string? name)
    {
        var plain = name?.Trim().ToLowerInvariant();
        return plain is null or Utf8 or "utf8" ? null : Names.Contains(plain)
            ? plain
            : throw RefusedException.BadRequest("invalid_encoding", $"'encoding' is '{Page.Short(name!)}'; allowed: {Known}.", "encoding");
    }

    /// <summary>
    /// Refuses a file in a single-byte encoding instead of UTF-8. If only single rows are invalid UTF-8, those rows fail instead.
    /// </summary>
    /// <param name="head">The first bytes of the file.</param>
    /// <param name="isWhole">Whether <paramref name="head"/> is the whole file; if not, its last character may be cut.</param>
    /// <exception cref="RefusedException">400: the file is in a single-byte encoding.</exception>
    public static void RequireUtf8(ReadOnlySpan<byte> head, bool isWhole)
    {
        if (System.Text.Unicode.Utf8.IsValid(head))
        {
            return;
        }

        var found = new Invalid(head, isWhole);
        if (found.Lines == 0 || (found.Others > 0 && found.Others * SureLines >= found.Lines))
        {
            return;
        }

        throw RefusedException.BadRequest(
            "invalid_encoding",
            head.Contains((byte)0)
                ? $"The file is not text: line {found.First:N0} contains invalid bytes, and the file contains zero bytes."
                : $"Line {found.First:N0} is not valid UTF-8. The file is "
                    + (found.AreLetters
                        ? $"probably in {Likely}. Send \"encoding\": \"{Likely}\" with the call, or convert the file to UTF-8. "
                        : "in another encoding. Convert it to UTF-8, or name its encoding in 'encoding'. ")
                    + $"Allowed: {Known}.",
            "encoding");
    }

    /// <summary>The error message for a row that is not UTF-8.</summary>
    /// <param name="what">The part of the file: line or record.</param>
    public static string NotUtf8(string what) =>
        $"The {what} is not valid UTF-8. If the whole file is in another encoding, name it in 'encoding'; allowed: {Known}.";

    /// <summary>Converts text to UTF-8.</summary>
    public static byte[] ToUtf8(ReadOnlySpan<byte> text, Encoding encoding) => Encoding.UTF8.GetBytes(encoding.GetString(text));

    /// <summary>Statistics of the lines that are not valid UTF-8.</summary>
    private readonly struct Invalid
    {
        public Invalid(ReadOnlySpan<byte> text, bool isWhole)
        {
            var (line, isBad, isLong, letters, bytes) = (1, false, false, 0, 0);
            for (var at = 0; at < text.Length;)
            {
                var status = Rune.DecodeFromUtf8(text[at..], out _, out var consumed);
                if (status == OperationStatus.NeedMoreData && !isWhole)
                {
                    break;
                }

                if (status != OperationStatus.Done)
                {
                    First = First == 0 ? line : First;
                    isBad = true;
                    bytes += consumed;
                    letters += consumed == 1 && !IsHigh(text, at - 1) && !IsHigh(text, at + 1) ? 1 : 0;
                }

                isLong |= status == OperationStatus.Done && consumed > 1;
                var ends = text[at] == (byte)'\n';
                at += consumed;
                if (ends || at >= text.Length)
                {
                    Lines += isBad ? 1 : 0;
                    Others += isLong && !isBad ? 1 : 0;
                    (isBad, isLong) = (false, false);
                    line++;
                }
            }

            AreLetters = letters * 2 > bytes;
        }

        /// <summary>The number of the first invalid line, from 1; 0: all lines are valid.</summary>
        public int First { get; }

        public int Lines { get; }

        /// <summary>The number of valid lines with multibyte UTF-8 characters.</summary>
        public int Others { get; }

        /// <summary>Whether most invalid bytes are single bytes between ASCII, like accented letters in European languages.</summary>
        public bool AreLetters { get; }

        private static bool IsHigh(ReadOnlySpan<byte> text, int at) => at >= 0 && at < text.Length && text[at] >= 0x80;
    }
}
