using System.IO.Compression;
using System.Text;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Planning;
using PerCall.Functions.Requests;
using PerCall.Functions.Tests.Batches.Formats;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Planning;

public sealed class InputProbeTests
{
    [Theory]
    [InlineData("{\"a\": 1}\n", "x", nameof(InputFormat.JsonLines), ',', null, 0, 1)]
    [InlineData("\uFEFF\n {\"a\": 1}", "rows.csv", nameof(InputFormat.JsonLines), ',', null, 0, 1)]
    [InlineData("id,text\n1,a\n", "rows.csv", nameof(InputFormat.Csv), ',', "id|text", 8, 2)]
    [InlineData("\uFEFFid;text\r\n1;a\n", "rows.txt", nameof(InputFormat.Csv), ';', "id|text", 12, 2)]
    [InlineData("id\ttext, more\n", "rows.tsv", nameof(InputFormat.Csv), '\t', "id|text, more", 14, 2)]
    [InlineData("id\ttext\n", "rows", nameof(InputFormat.Csv), '\t', "id|text", 8, 2)]
    [InlineData("\n\n\"i\nd\",text\n1,a", "rows", nameof(InputFormat.Csv), ',', "i\nd|text", 13, 5)]
    [InlineData("text", "rows.csv", nameof(InputFormat.Csv), ',', "text", 4, 1)]
    [InlineData("[text],b\n", "rows.csv", nameof(InputFormat.Csv), ',', "[text]|b", 9, 2)]
    public async Task Read_OfText_FindsFormatAndColumns(
        string text, string name, string format, char delimiter, string? columns, long start, long line)
    {
        foreach (var gzip in (bool[])[false, true])
        {
            var bytes = gzip ? Gzip(Encoding.UTF8.GetBytes(text)) : Encoding.UTF8.GetBytes(text);

            var probe = await InputProbe.ReadAsync(
                () => new MemoryStream(bytes), gzip ? name + ".gz" : name, new TableScorer(), null, default);

            Assert.Equal((format, gzip, delimiter), (probe.Format.ToString(), probe.Gzip, probe.Delimiter));
            Assert.Equal(columns, probe.Columns is { } names ? string.Join('|', names) : null);
            Assert.Equal((start, line), (probe.Start, probe.StartLine));
        }
    }

    [Theory]
    [InlineData("", "empty_file")]
    [InlineData(" \r\n\r\n", "empty_file")]
    [InlineData("[{\"a\": 1}]", "json_array")]
    public async Task Read_OfTextThatIsNoRows_IsRefused(string text, string code) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<RefusedException>(() => InputProbe.ReadAsync(
            () => new MemoryStream(Encoding.UTF8.GetBytes(text)), "rows.jsonl", new TableScorer(), null, default))).Code);

    [Fact]
    public async Task Read_OfOtherEncodings_IsRefused()
    {
        foreach (var encoding in (Encoding[])[Encoding.Unicode, Encoding.BigEndianUnicode, new UnicodeEncoding(
            bigEndian: false, byteOrderMark: false), new UnicodeEncoding(bigEndian: true, byteOrderMark: false), Encoding.UTF32])
        {
            byte[] bytes = [.. encoding.GetPreamble(), .. encoding.GetBytes("{\"input\": \"a\"}\n")];

            Assert.Equal("invalid_encoding", (await Assert.ThrowsAsync<RefusedException>(() => InputProbe.ReadAsync(
                () => new MemoryStream(bytes), "rows.jsonl", new TableScorer(), null, default))).Code);
        }
    }

    [Theory]
    [InlineData("id,text\n1,caf\u00e9\n", false)]
    [InlineData("{\"input\": \"a\"}\n{\"input\": \"na\u00efve\"}\n", false)]
    [InlineData("id,text\n1,caf\u00e9\n2,\u20ac\n", true)]
    public async Task Read_OfAnEncodingOfOneByteACharacter_NamesItAndReadsItWhereTheCallDoes(string text, bool mixed)
    {
        byte[] bytes = [.. Encoding.Latin1.GetBytes(text.Replace("\u20ac", "", StringComparison.Ordinal)), .. mixed ? "\u20ac"u8 : []];

        if (!mixed)
        {
            var refused = await Assert.ThrowsAsync<RefusedException>(() => InputProbe.ReadAsync(
                () => new MemoryStream(bytes), "rows.csv", new TableScorer(), null, default));
            Assert.Equal(("invalid_encoding", "encoding"), (refused.Code, refused.Param));
            Assert.Contains("Line 2 ", refused.Message, StringComparison.Ordinal);
            Assert.Contains("\"windows-1252\"", refused.Message, StringComparison.Ordinal);
        }

        var probe = await InputProbe.ReadAsync(
            () => new MemoryStream(bytes), "rows.csv", new TableScorer(), mixed ? null : "windows-1252", default);
        Assert.Equal(mixed ? null : "windows-1252", probe.Encoding);
    }

    [Theory]
    [InlineData("82b182f182c982bf82cd", "in another encoding")]
    [InlineData("c4e3bac3cac0bde7", "in another encoding")]
    [InlineData("cff0e8e2e5f2", "in another encoding")]
    [InlineData("ff0080", "not text")]
    public async Task Read_EncodingThatCannotBeGuessed_SuggestsNone(string text, string told)
    {
        byte[] bytes = [.. "id,text\n1,"u8, .. Convert.FromHexString(text), .. "\n"u8];

        var refused = await RefuseAsync(bytes, "rows.csv");

        Assert.Equal("invalid_encoding", refused.Code);
        Assert.Contains(told, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_OfAFileWithSeveralMarks_PassesOverAll()
    {
        var probe = await InputProbe.ReadAsync(
            () => new MemoryStream(Encoding.UTF8.GetBytes("\uFEFF\uFEFF{\"a\": 1}\n")), "rows.jsonl", new TableScorer(), null, default);

        Assert.Equal((InputFormat.JsonLines, true), (probe.Format, probe.Mark));
    }

    [Fact]
    public async Task Read_OfAFileWhoseMarkContradictsTheCall_IsRefused()
    {
        var refused = await RefuseAsync([.. Encoding.UTF8.Preamble, .. "id,text\n1,a\n"u8], "rows.csv", "windows-1252");

        Assert.Equal(("invalid_encoding", "encoding"), (refused.Code, refused.Param));
    }

    [Theory]
    [InlineData("GIF89a-and-more", "a GIF picture")]
    [InlineData("PK\u0003\u000412345678901234567890123456[Content_Types].xml", "an Office document")]
    [InlineData("PK\u0003\u000412345678901234567890123456mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "an Office document")]
    [InlineData("BZh91AY", "a bzip2 file")]
    public async Task Read_OfAKindThatIsNotRead_NamesIt(string start, string kind)
    {
        var refused = await RefuseAsync(Encoding.ASCII.GetBytes(start), "rows.csv");

        Assert.Equal("unsupported_format", refused.Code);
        Assert.Contains($"The file is {kind}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_OfGzipThatIsDamaged_IsRefused()
    {
        byte[] bytes = [0x1f, 0x8b, .. "and no more of it"u8];

        Assert.Equal("damaged_archive", (await Assert.ThrowsAsync<RefusedException>(() => InputProbe.ReadAsync(
            () => new MemoryStream(bytes), "rows.jsonl.gz", new TableScorer(), null, default))).Code);
    }

    private static Task<RefusedException> RefuseAsync(byte[] bytes, string name, string? encoding = null) =>
        Assert.ThrowsAsync<RefusedException>(() => InputProbe.ReadAsync(
            () => new MemoryStream(bytes), name, new TableScorer(), encoding, TestContext.Current.CancellationToken));

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(bytes);
        }

        return packed.ToArray();
    }
}
