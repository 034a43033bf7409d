using System.Text;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Planning;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Formats;

public sealed class CsvTests
{
    private const string File =
        "id,text\r\n1,plain\r\n2,\"a, b\"\r\n3,\"two\nlines \"\"quoted\"\"\r\n and a third\"\r\n\r\n4,5\" pipe\r\n5,\"\"\r\n6,\"ends, without a line feed\"";

    [Fact]
    public async Task Cut_AtEveryLength_KeepsRecordsWhole()
    {
        var file = Encoding.UTF8.GetBytes(File);
        var start = File.IndexOf('1', StringComparison.Ordinal);
        string[] wanted = ["2:1,plain", "3:2,\"a, b\"", "4:3,\"two\nlines \"\"quoted\"\"\r\n and a third\"", "8:4,5\" pipe", "9:5,\"\"",
            "10:6,\"ends, without a line feed\""];
        foreach (var length in Enumerable.Range(1, file.Length))
        {
            var cutter = new FileCutter(',', LineEnds.LineFeed, length, start, 2);
            await cutter.CutAsync(new MemoryStream(file[start..]), default);
            List<string> found = [];
            foreach (var cut in cutter.Cuts)
            {
                found.AddRange(await RecordRows.ReadAsync(
                    file, new(cut.From, cut.To, cut.Line), new CsvScanner((byte)',', LineEnds.LineFeed), slow: length % 2 == 0));
            }

            Assert.Equal(wanted, found);
            Assert.Equal(6, cutter.Rows);
            Assert.Equal(6, cutter.Cuts.Sum(c => c.Rows));
            Assert.Equal(file.Length, cutter.Cuts[^1].To);
        }
    }

    [Fact]
    public async Task Read_WithAQuoteThatIsNeverClosed_NamesTheLineItIsOpenedIn()
    {
        var file = Encoding.UTF8.GetBytes("1,a\n2,\"open\n3,b\n4,c\n");

        Assert.Equal(
            ["1:1,a", "2!unclosed_quote"],
            await RecordRows.ReadAsync(file, new(0, file.Length, 1), new CsvScanner((byte)',', LineEnds.LineFeed)));
    }

    [Theory]
    [InlineData("1,plain,x", "1|plain|x", null)]
    [InlineData("1,\"a \"\"b\"\", c\",x", "1|a \"b\", c|x", null)]
    [InlineData("1, spaces ,x", "1| spaces |x", null)]
    [InlineData("1,5\" pipe,x", "1|5\" pipe|x", null)]
    [InlineData("1,nul\0inside,x", "1|nul\0inside|x", null)]
    [InlineData("1,\"a\"b,x", null, "malformed_csv")]
    [InlineData("1,x", null, "wrong_field_count")]
    [InlineData("1,a,b,c", null, "wrong_field_count")]
    public void Fields_OfARecord_AreThoseOfRfc4180(string record, string? fields, string? code)
    {
        var columns = new CsvColumns(["id", "text", "other"], ',', new TableScorer());

        var found = columns.Fields(Encoding.UTF8.GetBytes(record), out var fault);

        Assert.Equal(fields, found is null ? null : string.Join('|', found));
        Assert.Equal(code, fault?.Code);
    }

    [Fact]
    public void Fields_RecordWithAThousandTooMany_ReportsTheCounts()
    {
        var columns = new CsvColumns(["id", "text"], ',', new TableScorer());

        Assert.Null(columns.Fields(Encoding.UTF8.GetBytes("1,a" + new string(',', 1000)), out var fault));
        Assert.Equal("The record has 1,002 fields, but the header has 2.", fault!.Message);
    }

    [Fact]
    public void Fields_OfBytesThatAreNoText_AreAFault()
    {
        Assert.Null(new CsvColumns(["id", "text"], ',', new TableScorer())
            .Fields(new byte[] { (byte)'1', (byte)',', 0xff, 0xfe }, out var fault));
        Assert.Equal("invalid_utf8", fault!.Code);
    }

    [Fact]
    public void ToJson_TakesTextAsItStandsAndJsonAsJson()
    {
        var columns = new CsvColumns(["ID", " Text ", "top_k", "note"], ',', new TableScorer());

        Assert.Equal("{\"text\":\"3\",\"top_k\":2}", Encoding.UTF8.GetString(columns.ToJson(["7", "3", "2", "x"])));
        Assert.Equal("{\"text\":\"\"}", Encoding.UTF8.GetString(columns.ToJson(["7", "", "", "x"])));
        Assert.Equal("7", columns.IdOf(["7", "", "", "x"]));
        var refused = Assert.Throws<PerCall.Functions.Requests.RefusedException>(() => columns.ToJson(["7", "a", "two", "x"]));
        Assert.Equal(("malformed_json", "top_k"), (refused.Code, refused.Param));
    }
}
