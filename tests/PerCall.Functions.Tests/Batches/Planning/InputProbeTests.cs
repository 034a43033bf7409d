using System.IO.Compression;
using System.Text;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Planning;
using PerCall.Functions.Requests;
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
    public async Task Read_OfText_FindsFormatAndColumns(string text, string name, string format, char delimiter, string? columns, long start, long line)
    {
        foreach (var gzip in (bool[])[false, true])
        {
            var bytes = gzip ? Gzip(Encoding.UTF8.GetBytes(text)) : Encoding.UTF8.GetBytes(text);

            var probe = await InputProbe.ReadAsync(() => new MemoryStream(bytes), gzip ? name + ".gz" : name, default);

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
        Assert.Equal(code, (await Assert.ThrowsAsync<RefusedException>(() => InputProbe.ReadAsync(() => new MemoryStream(Encoding.UTF8.GetBytes(text)), "rows.jsonl", default))).Code);

    [Fact]
    public async Task Read_OfOtherEncodings_IsRefused()
    {
        foreach (var encoding in (Encoding[])[Encoding.Unicode, Encoding.BigEndianUnicode, new UnicodeEncoding(bigEndian: false, byteOrderMark: false), new UnicodeEncoding(bigEndian: true, byteOrderMark: false), Encoding.UTF32])
        {
            byte[] bytes = [.. encoding.GetPreamble(), .. encoding.GetBytes("{\"input\": \"a\"}\n")];

            Assert.Equal("invalid_encoding", (await Assert.ThrowsAsync<RefusedException>(() => InputProbe.ReadAsync(() => new MemoryStream(bytes), "rows.jsonl", default))).Code);
        }
    }

    [Fact]
    public async Task Read_OfGzipThatIsDamaged_IsRefused()
    {
        byte[] bytes = [0x1f, 0x8b, .. "and no more of it"u8];

        Assert.Equal("damaged_archive", (await Assert.ThrowsAsync<RefusedException>(() => InputProbe.ReadAsync(() => new MemoryStream(bytes), "rows.jsonl.gz", default))).Code);
    }

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
