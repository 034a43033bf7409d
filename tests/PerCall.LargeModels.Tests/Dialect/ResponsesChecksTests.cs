using Xunit;

namespace PerCall.LargeModels.Tests.Dialect;

public sealed class ResponsesChecksTests
{
    [Fact]
    public void Check_TextAndInstructions_AreCountedAndNothingIsStored()
    {
        var facts = Requests.Responses("\"instructions\":\"hello world\",\"stream\":true", out var body);

        Assert.Equal(3 + 5 + 5, facts.PromptTokens);
        Assert.True(facts.Stream);
        Assert.False(body["store"]!.GetValue<bool>());
        Assert.False(body.ContainsKey("stream_options"));
    }

    [Fact]
    public void Check_Items_AreCounted()
    {
        var facts = Requests.Responses($$"""
            "input":[
              {"role":"user","content":"hello world"},
              {"type":"message","role":"user","content":[
                {"type":"input_text","text":"hello world"},
                {"type":"input_image","image_url":"{{Requests.PngUrl(512, 512)}}","detail":"high"}]},
              {"type":"function_call","id":"fc_1","call_id":"c","name":"hello","arguments":"hello world"},
              {"type":"function_call_output","call_id":"c","output":"hello world"},
              {"type":"function_call_output","call_id":"c","output":[{"type":"input_text","text":"hello world"}]},
              {"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"{{new string('A', 500)}}"}]
            """);

        // 3 for the answer, 3 for each of 6 items.
        Assert.Equal(3 + (6 * 3) + (1 + 2) + (1 + 2 + 255) + (1 + 2) + 2 + 2 + 100, facts.PromptTokens);
    }

    [Theory]
    [InlineData("\"input\":null", "missing_required_parameter", "input")]
    [InlineData("\"input\":[]", "invalid_type", "input")]
    [InlineData("\"input\":7", "invalid_type", "input")]
    [InlineData("\"input\":[{\"role\":\"user\"}]", "missing_required_parameter", "input[0].content")]
    [InlineData("\"input\":[{\"type\":\"message\",\"content\":\"a\"}]", "missing_required_parameter", "input[0].role")]
    [InlineData("\"input\":[{\"type\":\"function_call\",\"name\":\"f\"}]", "missing_required_parameter", "input[0].arguments")]
    [InlineData("\"instructions\":7", "invalid_type", "instructions")]
    [InlineData(
        "\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"a\",\"schema\":{\"type\":7}}}",
        "invalid_json_schema", "text.format.schema")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"parameters\":{}}]", "missing_required_parameter", "tools[0].name")]
    public void Check_InvalidFields_NamesTheField(string members, string code, string param) =>
        Requests.Refused(() => Requests.Responses(members), code, param);

    [Theory]
    [InlineData("\"stream\":false", false)]
    [InlineData("\"text\":{\"verbosity\":\"low\"}", false)]
    [InlineData("\"text\":{\"format\":{\"type\":\"text\"}}", false)]
    [InlineData("\"text\":{\"format\":{\"type\":\"json_object\"}}", true)]
    [InlineData("\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"a\",\"schema\":{}}}", true)]
    public void Check_Format_SaysWhetherTheTextIsJson(string members, bool expected) =>
        Assert.Equal(expected, Requests.Responses(members).JsonText);

    [Fact]
    public void Check_Truncation_BoundsThePromptByTheContext()
    {
        var route = Requests.Route(context: 8);
        Requests.Refused(() => Requests.Responses("\"stream\":false", route), "context_length_exceeded", "input");

        var facts = Requests.Responses("\"truncation\":\"auto\"", route);

        Assert.Equal((8, 8, 1), (facts.PromptTokens, facts.PromptBound, facts.OutputBound));
    }

    [Fact]
    public void Check_FileByUrl_IsBoundedByTheContext()
    {
        const string file = "\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_file\",\"file_url\":\"URL\"}]}]";

        Assert.Equal(10_000, Requests.Responses(file.Replace("URL", "https://example.com/a.pdf", StringComparison.Ordinal)).PromptBound);
        Requests.Refused(
            () => Requests.Responses(file.Replace("URL", "http://example.com/a.pdf", StringComparison.Ordinal)),
            "invalid_value",
            "input[0].content[0].file_url");
    }
}
