using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PerCall.Functions.Redaction;
using PerCall.Functions.Requests;
using PerCall.Inference.Redaction;
using Xunit;

namespace PerCall.Functions.Tests.Redaction;

public sealed class RedactRequestReaderTests
{
    private const string AllKinds = "email, phone, iban, card, national_id, ip, secret";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Read_OneText_HasAllKindsAndItsCharacters()
    {
        var call = await ReadAsync("""{"input": "a😀b"}""");

        Assert.Equal(["a😀b"], call.Texts);
        Assert.Equal(AllKinds, string.Join(", ", call.Kinds.Select(RedactionKinds.NameOf)));
        Assert.Equal(3, call.Characters);
    }

    [Fact]
    public async Task Read_SelectedKinds_AreThoseEachOnce()
    {
        var call = await ReadAsync("""{"input": ["a", ""], "kinds": ["ip", "email", "ip"]}""");

        Assert.Equal([RedactionKind.Ip, RedactionKind.Email], call.Kinds);
        Assert.Equal(1, call.Characters);
    }

    [Theory]
    [InlineData("""{"kinds": ["ip"]}""", 400, "missing_input", "input", "a text or an array of texts")]
    [InlineData("""{"input": []}""", 400, "invalid_input_count", "input", "0 texts; allowed: 1 to 256")]
    [InlineData("""{"input": "a", "kinds": []}""", 400, "invalid_kind", "kinds", AllKinds)]
    [InlineData("""{"input": "a", "kinds": ["ip", "mail"]}""", 400, "invalid_kind", "kinds[1]", "'mail'; allowed: " + AllKinds)]
    [InlineData("""{"input": "a", "kinds": ["name"]}""", 400, "invalid_kind", "kinds[0]", AllKinds)]
    [InlineData("""{"input": "a", "kinds": [null]}""", 400, "invalid_kind", "kinds[0]", AllKinds)]
    [InlineData("""{"input": "a", "kinds": "ip"}""", 400, "malformed_json", "kinds", "")]
    [InlineData("""{"input": 5}""", 400, "malformed_json", "input", "")]
    [InlineData("""{"input": "a", "reveal": true}""", 400, "unknown_member", "reveal", "input, kinds")]
    [InlineData("""{"input": ["a", "12345678901"]}""", 413, "text_too_long", "input[1]", "11 characters; allowed: at most 10")]
    public async Task Read_InvalidBody_IsRefusedByName(string body, int status, string code, string param, string detail)
    {
        var refused = await Assert.ThrowsAsync<RefusedException>(() => ReadAsync(body));

        Assert.Equal((status, code, param), (refused.Status, refused.Code, refused.Param));
        Assert.Contains(detail, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_SeveralTexts_ShareTheirPlaceholdersAndPlacesAreInCharacters()
    {
        var redactor = new Redactor();
        var call = await ReadAsync("""{"input": ["😀 a@x.de", "[EMAIL_1]", "😀a@x.de"]}""", maxCharacters: 100);

        var answer = RedactedAnswers.Of("red_1", call, redactor, Cancellation);

        Assert.Equal(["😀 [EMAIL_2]", "[EMAIL_1]", "😀[EMAIL_2]"], answer.Results.Select(r => r.Text));
        Assert.Equal([0, 1, 2], answer.Results.Select(r => r.Index));
        Assert.Equal([new("email", 2, 8, "[EMAIL_2]")], answer.Results[0].Found);
        Assert.Equal([new("email", 1, 7, "[EMAIL_2]")], answer.Results[2].Found);
        Assert.Equal(8 + 9 + 7, answer.Usage.Characters);
    }

    private static Task<RedactCall> ReadAsync(string body, int maxCharacters = 10)
    {
        var http = new DefaultHttpContext();
        http.Request.ContentType = "application/json";
        http.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
        return new RedactRequestReader(Options.Create(new RedactionOptions { MaxCharacters = maxCharacters }), new Redactor())
            .ReadAsync(http.Request, Cancellation);
    }
}
