using System.Text;
using PerCall.Functions.Batches.Formats;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Formats;

public sealed class RowEnvelopeTests
{
    private const string Endpoint = "/v1/text/classify";

    [Theory]
    [InlineData("{\"input\": \"a\"}", null)]
    [InlineData("{\"id\": \"r1\", \"input\": \"a\"}", "r1")]
    [InlineData("{\"input\": {\"id\": 3}, \"id\": 12345678901234567890}", "12345678901234567890")]
    [InlineData("{\"custom_id\": \"c\"}", "c")]
    [InlineData("{\"id\": null}", null)]
    public void Read_OfAPlainRow_IsTheRowItselfAndItsId(string row, string? id)
    {
        var read = RowEnvelope.Read(Encoding.UTF8.GetBytes(row), RowStyle.Plain, Endpoint);

        Assert.Null(read.Fault);
        Assert.Equal(id, read.Id);
        Assert.Equal(row, row[read.Body]);
    }

    [Theory]
    [InlineData(
        "{\"custom_id\": \"a\", \"method\": \"POST\", \"url\": \"/v1/text/classify\", \"body\": {\"x\": [1, {}]}}", "{\"x\": [1, {}]}")]
    [InlineData("{\"body\": {}, \"custom_id\": \"a\"}", "{}")]
    public void Read_OfAnOpenAiRow_FindsItsBody(string row, string body)
    {
        var read = RowEnvelope.Read(Encoding.UTF8.GetBytes(row), RowStyle.OpenAi, Endpoint);

        Assert.Null(read.Fault);
        Assert.Equal("a", read.Id);
        Assert.Equal(body, row[read.Body]);
    }

    [Theory]
    [InlineData("{\"body\": {}}", null, "missing_custom_id")]
    [InlineData("{\"custom_id\": \"a\"}", "a", "missing_body")]
    [InlineData("{\"custom_id\": \"a\", \"body\": [1]}", "a", "missing_body")]
    [InlineData("{\"custom_id\": \"a\", \"body\": {}, \"url\": \"/v1/recommend\"}", "a", "wrong_url")]
    [InlineData("{\"custom_id\": \"a\", \"body\": {}, \"method\": \"GET\"}", "a", "wrong_method")]
    [InlineData("{\"custom_id\": {}, \"body\": {}}", null, "malformed_json")]
    [InlineData("{\"custom_id\": \"a\", \"body\": {", "a", "malformed_json")]
    [InlineData("{\"custom_id\": \"a\", \"body\": {}} more", "a", "malformed_json")]
    [InlineData("[]", null, "malformed_json")]
    [InlineData("\0\0\0", null, "malformed_json")]
    [InlineData("{\"custom_id\": \"\\ud800\", \"body\": {}}", null, "malformed_json")]
    public void Read_OfWhatIsNone_SaysWhy(string row, string? id, string code)
    {
        var read = RowEnvelope.Read(Encoding.UTF8.GetBytes(row), RowStyle.OpenAi, Endpoint);

        Assert.Equal(code, read.Fault?.Code);
        Assert.Equal(id, read.Id);
    }

    [Fact]
    public void Read_OfBytesThatAreNoText_IsAFault() =>
        Assert.Equal("invalid_utf8", RowEnvelope.Read([(byte)'{', 0xff, (byte)'}'], RowStyle.Plain, Endpoint).Fault?.Code);

    [Fact]
    public void Read_OfAnIdThatIsNoText_IsAFault() => Assert.Equal(
        "invalid_utf8", RowEnvelope.Read([.. "{\"custom_id\": \"a"u8, 0xff, .. "\"}"u8], RowStyle.OpenAi, Endpoint).Fault?.Code);
}
