using Xunit;

namespace PerCall.LargeModels.Tests.Dialect;

public sealed class ToolSchemaTests
{
    [Theory]
    [InlineData("{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\",\"enum\":[\"x\"]}},\"required\":[\"a\"],\"additionalProperties\":false}")]
    [InlineData("{}")]
    [InlineData("{\"$ref\":\"https://example.com/never-fetched.json\"}")]
    [InlineData("{\"$defs\":{\"n\":{\"type\":\"object\",\"properties\":{\"next\":{\"$ref\":\"#/$defs/n\"}}}},\"$ref\":\"#/$defs/n\"}")]
    [InlineData("{\"type\":\"array\",\"items\":[{\"type\":\"string\"}]}")]
    [InlineData("{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"items\":[{\"type\":\"string\"}]}")]
    [InlineData("{\"x-vendor\":1,\"type\":[\"string\",\"null\"]}")]
    public void Check_Schema_IsAccepted(string schema)
    {
        Requests.Chat(Tools(schema));
        Requests.Chat($"\"functions\":[{{\"name\":\"f\",\"parameters\":{schema}}}]");
        Requests.Chat($"\"response_format\":{{\"type\":\"json_schema\",\"json_schema\":{{\"name\":\"f\",\"schema\":{schema}}}}}");
    }

    [Theory]
    [InlineData("{\"type\":\"strin\"}", "type")]
    [InlineData("{\"type\":7}", "type")]
    [InlineData("{\"required\":true}", "required")]
    [InlineData("{\"properties\":{\"a\":{\"properties\":[]}}}", "properties/a/properties")]
    [InlineData("{\"minimum\":\"1\"}", "minimum")]
    [InlineData("{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"items\":[{\"type\":\"string\"}]}", "items")]
    [InlineData("[]", "object")]
    [InlineData("\"x\"", "object")]
    [InlineData("true", "object")]
    public void Check_NoSchema_IsRefusedWithItsPathAndWhatIsWrong(string schema, string where)
    {
        var refused = Requests.Refused(
            () => Requests.Chat(Tools("{}", "{}", schema)), "invalid_function_parameters", "tools[2].function.parameters");
        Assert.Contains(where, refused.Message, StringComparison.Ordinal);

        Requests.Refused(
            () => Requests.Chat($"\"response_format\":{{\"type\":\"json_schema\",\"json_schema\":{{\"name\":\"f\",\"schema\":{schema}}}}}"),
            "invalid_json_schema",
            "response_format.json_schema.schema");
    }

    [Fact]
    public void Check_SchemaThatIsTooDeepOrTooLong_IsRefused()
    {
        var deep = string.Concat(Enumerable.Repeat("{\"items\":", 45)) + "{}" + new string('}', 45);
        Requests.Refused(() => Requests.Chat(Tools(deep)), "invalid_function_parameters", "tools[0].function.parameters");

        var route = Requests.Route(context: 1_000_000);
        var large = $"{{\"description\":\"{new string('x', 300_000)}\"}}";
        Requests.Refused(() => Requests.Chat(Tools(large), route), "invalid_function_parameters", "tools[0].function.parameters");
    }

    [Theory]
    [InlineData("\"tools\":{}", "invalid_type", "tools")]
    [InlineData("\"tools\":[7]", "invalid_type", "tools[0]")]
    [InlineData("\"tools\":[{\"type\":\"function\"}]", "missing_required_parameter", "tools[0].function")]
    [InlineData("\"tools\":[{\"function\":{\"name\":\"f\"}}]", "missing_required_parameter", "tools[0].type")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"\"}}]", "missing_required_parameter", "tools[0].function.name")]
    [InlineData("\"response_format\":7", "invalid_type", "response_format")]
    [InlineData("\"response_format\":{\"type\":\"json_schema\"}", "missing_required_parameter", "response_format.json_schema")]
    public void Check_InvalidTools_NamesTheField(string members, string code, string param) =>
        Requests.Refused(() => Requests.Chat(members), code, param);

    [Fact]
    public void Check_TooManyTools_IsRefused() =>
        Requests.Refused(() => Requests.Chat(Tools([.. Enumerable.Repeat("{}", 257)])), "invalid_value", "tools");

    private static string Tools(params string[] schemas) => "\"tools\":["
        + string.Join(',', schemas.Select(s => $"{{\"type\":\"function\",\"function\":{{\"name\":\"f\",\"parameters\":{s}}}}}")) + "]";
}
