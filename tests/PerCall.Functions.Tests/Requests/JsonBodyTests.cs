using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using PerCall.Client.Wire;
using PerCall.Functions.Images;
using PerCall.Functions.Requests;
using PerCall.Functions.Text;
using Xunit;

namespace PerCall.Functions.Tests.Requests;

public sealed class JsonBodyTests
{
    private const string Form = "{\"currency\", \"prices\"}";

    /// <summary>All forms that bodies have.</summary>
    public static TheoryData<string> Forms => [.. Types.Keys];

    private static Dictionary<string, JsonTypeInfo> Types { get; } = typeof(WireJson).GetProperties()
        // Calls with tensors have a parser of their own.
        .Where(p => p.Name.EndsWith("Request", StringComparison.Ordinal) && p.Name != nameof(WireJson.InferRequest))
        .Select(p => ((JsonTypeInfo)p.GetValue(RequestJson.Wire)!, p.Name))
        .Append((ImageJson.Strict.ImageBody, "ImageBody"))
        .Append((TextJson.Strict.TextBody, "TextBody"))
        .ToDictionary(t => t.Item2, t => t.Item1, StringComparer.Ordinal);

    [Theory]
    [InlineData(
        """{"currency": "EUR", "monthly_budgets": 5}""",
        "unknown_member",
        "monthly_budgets",
        "Unknown member 'monthly_budgets'; allowed: currency, effective_at, requests_per_minute, tokens_per_minute, "
            + "concurrent_calls, max_output_tokens, redact, monthly_budget, free_units, prices.")]
    [InlineData(
        """{"prices": [{"operation": "*"}, {"pric": 1}]}""",
        "unknown_member",
        "prices[1].pric",
        "Unknown member 'prices[1].pric'; allowed in 'prices[1]': operation, model, unit, price, per.")]
    [InlineData(
        """{"prices": [{"price": "much"}]}""",
        "malformed_json",
        "prices[0].price",
        "'prices[0].price' is the string \"much\"; expected a whole number.")]
    [InlineData("""{"prices": {"price": 1}}""", "malformed_json", "prices", "'prices' is an object; expected an array.")]
    [InlineData(
        """{"prices": [7]}""",
        "malformed_json",
        "prices[0]",
        "'prices[0]' is 7; expected an object with operation, model, unit, price, per.")]
    [InlineData("""{"monthly_budget": 1.5}""", "malformed_json", "monthly_budget", "'monthly_budget' is 1.5; expected a whole number.")]
    [InlineData(
        """{"effective_at": "tomorrow"}""",
        "malformed_json",
        "effective_at",
        "'effective_at' is the string \"tomorrow\"; expected a time such as \"2027-01-31T12:00:00Z\".")]
    [InlineData(
        """{"free_units": {"image": null}}""",
        "malformed_json",
        "free_units.image",
        "'free_units.image' is null; expected a whole number.")]
    [InlineData("""{"currency": true}""", "malformed_json", "currency", "'currency' is true; expected a string.")]
    [InlineData("[1]", "malformed_json", null, "The body is an array; expected {\"currency\", \"prices\"}.")]
    [InlineData(" ", "malformed_json", null, "The body is empty; expected {\"currency\", \"prices\"}.")]
    [InlineData("""{"currency": "EUR" """, "malformed_json", null, "it ends inside an object or array")]
    [InlineData("""{"a": [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]}""", "unknown_member", "a", "Unknown member 'a'")]
    [InlineData(
        """{"free_units": [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]}""",
        "malformed_json",
        "free_units",
        "'free_units' is an array; expected an object.")]
    public void Parse_WrongForm_SaysWhereAndWhatIsExpected(string body, string code, string? param, string detail)
    {
        var refused = Assert.Throws<RefusedException>(
            () => JsonBody.Parse(Encoding.UTF8.GetBytes(body), RequestJson.Wire.PutPlanRequest, Form));

        Assert.Equal((400, code, param), (refused.Status, refused.Code, refused.Param));
        Assert.Contains(detail, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Parse_EveryMemberOfEveryFormWithEveryWrongValue_NamesNoTypeOfDotNet(string form)
    {
        var type = Types[form];
        string[] values =
        [
            "7", "1.5", "1e400", "\"x\"", "true", "null", "[]", "[7]", "[{}]", "[null]", "{}", "{\"x\": {}}", "{\"x\": [1]}",
            "{\"x\": 1e99}",
            "\"https://example.com/cat.jpg\"", "\"\\ud800\"", "nothing", "",
        ];
        foreach (var (name, value) in type.Properties.Select(p => p.Name).Append("unknown").SelectMany(n => values.Select(v => (n, v))))
        {
            var body = Encoding.UTF8.GetBytes($"{{\"{name}\": {value}}}");
            var refused = Record.Exception(() => Parse(body, type));
            if (refused is null)
            {
                Assert.NotEqual("unknown", name);
                continue;
            }

            Assert.IsType<RefusedException>(refused);
            Assert.DoesNotMatch(
                "System|PerCall|Nullable|Int32|Int64|Collections|isFinalBlock|could not be converted|\\.NET", refused.Message);
            Assert.Contains(name, refused.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("\"https://example.com/cat.jpg\"", "image_is_an_address", "Download the picture and send its bytes")]
    [InlineData(
        "{\"url\": \"https://example.com/cat.jpg\"}", "malformed_json", "expected a string with the bytes of the picture in base64")]
    public void Parse_PictureGivenByUrl_SaysWhatToSend(string image, string code, string detail)
    {
        var refused = Assert.Throws<RefusedException>(
            () => JsonBody.Parse(Encoding.UTF8.GetBytes($"{{\"image\": {image}}}"), ImageJson.Strict.ImageBody, Form));

        Assert.Equal((code, "image"), (refused.Code, refused.Param));
        Assert.Contains(detail, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_Spreadsheet_SaysHowTablesAreSent()
    {
        byte[] workbook = [.. "PK\x03\x04"u8, .. new byte[26], .. "[Content_Types].xml"u8, 0xff];

        var refused = Assert.Throws<RefusedException>(() => JsonBody.Parse(workbook, RequestJson.Wire.ClassifyTextRequest, Form));

        Assert.Equal(415, refused.Status);
        Assert.Contains("Save the table as CSV", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_FormThatPassesOverUnknownMembers_IsAFaultOfTheProgram() =>
        Assert.Throws<InvalidOperationException>(() => JsonBody.Parse("{}"u8, WireJson.Default.PutPlanRequest, Form));

    private static void Parse(byte[] body, JsonTypeInfo type)
    {
        try
        {
            JsonSerializer.Deserialize(body, type);
        }
        catch (JsonException e)
        {
            throw new JsonFault(Form, e).Explain(body, type);
        }
    }
}
