using System.Text.Json.Nodes;
using PerCall.LargeModels.Dialect;
using PerCall.LargeModels.Routes;
using PerCall.LargeModels.Tests.Tokens;
using Xunit;

namespace PerCall.LargeModels.Tests.Dialect;

public sealed class ChatChecksTests
{
    // 3 for the answer, 3 for the message, 1 for "user", 2 for "hello world".
    private const int HelloWorld = 9;

    [Fact]
    public void Check_OneMessage_CountsByTheCookbooksRule()
    {
        var facts = Requests.Chat("");

        Assert.Equal(HelloWorld, facts.PromptTokens);
        Assert.Equal(HelloWorld + 16 + 4, facts.PromptBound);
        Assert.Equal((1000, false, false, 1), (facts.OutputBound, facts.Stream, facts.IncludeUsage, facts.Choices));
    }

    [Fact]
    public void Check_NameToolCallsAndRefusal_AreCounted()
    {
        Assert.Equal(HelloWorld + 1 + 2, Requests.Chat("""
            "messages":[{"role":"user","name":"hello world","content":"hello world"}]
            """).PromptTokens);
        Assert.True(Requests.Chat("""
            "messages":[{"role":"assistant","tool_calls":[
              {"id":"1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]}]
            """).PromptTokens > 15);
        Assert.Equal(HelloWorld + 3 + 1 + 2, Requests.Chat("""
            "messages":[{"role":"user","content":"hello world"},{"role":"assistant","content":null,"refusal":"hello world"}]
            """).PromptTokens);
        // A server's template can show a field of its own.
        Assert.Equal(HelloWorld + 2, Requests.Chat("""
            "messages":[{"role":"user","content":"hello world","reasoning_content":"hello world"}]
            """).PromptTokens);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("\"response_format\":{\"type\":\"text\"}", false)]
    [InlineData("\"response_format\":{\"type\":\"json_object\"}", true)]
    [InlineData("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"a\",\"schema\":{}}}", true)]
    public void Check_Format_SaysWhetherTheTextIsJson(string members, bool expected) =>
        Assert.Equal(expected, Requests.Chat(members).JsonText);

    [Fact]
    public void Check_UnknownFields_PassUntouched()
    {
        Requests.Chat("\"seed\":7,\"stop\":[\"x\"],\"logprobs\":true,\"new_field\":{\"a\":[1]},\"user\":\"u\"", out var body);

        Assert.Equal("""{"a":[1]}""", body["new_field"]!.ToJsonString());
        Assert.Equal("u", body["user"]!.GetValue<string>());
        Assert.Equal(7, body["seed"]!.GetValue<int>());
        Assert.False(body.ContainsKey("store"));
        Assert.False(body.ContainsKey("stream_options"));
    }

    [Fact]
    public void Check_Stream_AsksForUsageAndKeepsWhatTheCallerAsked()
    {
        Assert.False(Requests.Chat("\"stream\":true", out var body).IncludeUsage);
        Assert.True(body["stream_options"]!["include_usage"]!.GetValue<bool>());

        var facts = Requests.Chat("\"stream\":true,\"stream_options\":{\"include_usage\":true,\"other\":1}", out body);
        Assert.True(facts.IncludeUsage && facts.Stream);
        Assert.Equal(1, body["stream_options"]!["other"]!.GetValue<int>());

        Assert.False(Requests.Chat("\"stream\":true,\"stream_options\":{\"include_usage\":false}", out body).IncludeUsage);
        Assert.True(body["stream_options"]!["include_usage"]!.GetValue<bool>());
        Assert.False(Requests.Chat("\"stream\":true,\"stream_options\":null", out body).IncludeUsage);
        Assert.True(body["stream_options"]!["include_usage"]!.GetValue<bool>());
    }

    [Theory]
    [InlineData("\"messages\":null", "missing_required_parameter", "messages")]
    [InlineData("\"messages\":[]", "invalid_type", "messages")]
    [InlineData("\"messages\":\"hello\"", "invalid_type", "messages")]
    [InlineData("\"messages\":[\"hello\"]", "invalid_type", "messages[0]")]
    [InlineData("\"messages\":[{\"content\":\"hello\"}]", "missing_required_parameter", "messages[0].role")]
    [InlineData("\"messages\":[{\"role\":1,\"content\":\"hello\"}]", "invalid_type", "messages[0].role")]
    [InlineData("\"messages\":[{\"role\":\"user\"}]", "missing_required_parameter", "messages[0].content")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":7}]", "invalid_type", "messages[0].content")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"x\"}]}]",
        "missing_required_parameter", "messages[0].content[0].type")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\"}]}]",
        "missing_required_parameter", "messages[0].content[0].text")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"video_url\"}]}]",
        "unsupported_parameter", "messages[0].content[0].type")]
    [InlineData("\"messages\":[{\"role\":\"assistant\",\"audio\":{\"id\":\"a\"}}]", "unsupported_parameter", "messages[0].audio")]
    [InlineData("\"stream\":\"yes\"", "invalid_type", "stream")]
    [InlineData("\"stream\":true,\"stream_options\":1", "invalid_type", "stream_options")]
    [InlineData("\"n\":0", "invalid_value", "n")]
    [InlineData("\"n\":129", "invalid_value", "n")]
    [InlineData("\"n\":1.5", "invalid_type", "n")]
    [InlineData("\"n\":\"2\"", "invalid_type", "n")]
    public void Check_InvalidFields_NamesTheField(string members, string code, string param) =>
        Requests.Refused(() => Requests.Chat(members), code, param);

    [Fact]
    public void Check_EndpointOfAnotherModel_NamesWhatTheModelAnswers()
    {
        var route = Requests.Route(endpoints: [LargeModelEndpoint.Embeddings]);

        var refused = Requests.Refused(() => Requests.Chat("", route), "endpoint_not_supported", "model");

        Assert.Contains("/v1/embeddings", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_PromptBeyondTheContext_IsRefusedWithTheCount()
    {
        var route = Requests.Route(context: HelloWorld + 1);
        Assert.Equal(HelloWorld, Requests.Chat("", route).PromptTokens);

        var refused = Requests.Refused(
            () => Requests.Chat("", Requests.Route(context: HelloWorld)), "context_length_exceeded", "messages");

        Assert.Contains("9 tokens", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_CountOfBytes_IsNoReasonToRefuseAPromptThatCanFit()
    {
        var route = Requests.Route(tokenizer: TokenizerKind.Utf8Bytes, context: 1000);
        var words = string.Concat(Enumerable.Repeat("hello world ", 200));

        var facts = Requests.Chat($$"""
            "messages":[{"role":"user","content":"{{words}}"}]
            """, route);

        // Bytes only bound the tokens. What may be charged is counted with an encoding.
        Assert.Equal((408, 1000), (facts.PromptTokens, facts.PromptBound));
        Requests.Refused(
            () => Requests.Chat($$"""
                "messages":[{"role":"user","content":"{{words}}{{words}}{{words}}{{words}}"}]
                """, route),
            "context_length_exceeded",
            "messages");
    }

    [Theory]
    [InlineData("{\"a\":1,\"a\":2}")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"role\":\"system\"}]}")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{\"a\":\"\\ud83d\"}")]
    [InlineData("{\"\\uDE00\":1}")]
    public void Parse_BodyThatIsNotAPlainObject_IsRefused(string json) =>
        Assert.Equal("invalid_json", Assert.Throws<LargeModelRefusedException>(() => Requests.Body(json)).Code);

    [Fact]
    public void Parse_Text_HasToBeUtf8ButCanHaveEscapes()
    {
        var refused = Assert.Throws<LargeModelRefusedException>(() => RequestBody.Parse([.. "{\"a\":\""u8, 0xFF, .. "\"}"u8]));
        Assert.Equal("invalid_json", refused.Code);
        Assert.Equal("😀", Requests.Body("{\"a\":\"\\ud83d\\uDE00\"}")["a"]!.GetValue<string>());
    }

    [Fact]
    public void Check_Images_AreCountedByTheirHeader()
    {
        // 3 + 3 + 1, and the image.
        Assert.Equal(7 + 765, Requests.Content(Image(Requests.PngUrl(1024, 1024))).PromptTokens);
        Assert.Equal(7 + 85, Requests.Content(Image(Requests.PngUrl(1024, 1024), "low")).PromptTokens);
        Assert.Equal(7 + 1445, Requests.Content(Image("https://example.com/cat.png")).PromptTokens);
        var jpeg = "data:image/jpeg;base64," + Convert.ToBase64String(ImageFiles.Jpeg(512, 512, 60_000));
        Assert.Equal(7 + 255, Requests.Content(Image(jpeg)).PromptTokens);
    }

    [Fact]
    public void Check_ImagesOfTheMiniModel_AreBilledBeyondTheContext()
    {
        var route = Requests.Route("gpt-4o-mini", context: 2000);

        var facts = Requests.Content(Image(Requests.PngUrl(1024, 1024)), route);

        Assert.Equal(7 + 2833 + (4 * 5667), facts.PromptTokens);
        Assert.True(facts.PromptBound >= facts.PromptTokens);
        Requests.Refused(
            () => Requests.Content(string.Join(',', Enumerable.Repeat(Image(Requests.PngUrl(1024, 1024)), 3)), route),
            "context_length_exceeded",
            "messages");
    }

    [Theory]
    [InlineData("data:image/png;base64,%%%", "invalid_base64", 400)]
    [InlineData("data:image/png;base64,", "invalid_base64", 400)]
    [InlineData("data:image/png,abc", "invalid_value", 400)]
    [InlineData("data:text/html;base64,AAAA", "invalid_image", 400)]
    [InlineData("http://example.com/cat.png", "invalid_value", 400)]
    [InlineData("file:///etc/passwd", "invalid_value", 400)]
    [InlineData("https://10.0.0.1/cat.png", "invalid_value", 400)]
    [InlineData("https://[::1]/cat.png", "invalid_value", 400)]
    [InlineData("https://localhost/cat.png", "invalid_value", 400)]
    [InlineData("https://vault.internal/cat.png", "invalid_value", 400)]
    [InlineData("https://2130706433/cat.png", "invalid_value", 400)]
    [InlineData("cat.png", "invalid_value", 400)]
    public void Check_BadImageUrl_NamesTheField(string url, string code, int status) =>
        Requests.Refused(() => Requests.Content(Image(url)), code, "messages[0].content[0].image_url.url", status);

    [Fact]
    public void Check_ImageOverTheLimit_Is413()
    {
        var limits = new CallLimits(null, 28);
        Requests.Content(Image("data:image/png;base64," + Convert.ToBase64String(new byte[28])), limits: limits);

        var refused = Requests.Refused(
            () => Requests.Content(Image(Requests.PngUrl(5, 5)), limits: limits),
            "image_too_large",
            "messages[0].content[0].image_url.url",
            413);

        Assert.Contains("28", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_AudioInThePrompt_IsBoundedByItsDuration()
    {
        var data = Convert.ToBase64String(AudioFiles.Wav(4));

        var facts = Requests.Content($$"""{"type":"input_audio","input_audio":{"data":"{{data}}","format":"wav"} }""");

        Assert.Equal(7 + 40, facts.PromptTokens);
        Assert.True(facts.PromptBound >= 7 + 100);
    }

    [Fact]
    public void Check_Files_AreBoundedByTheirBytesOrTheContext()
    {
        var data = Convert.ToBase64String(new byte[400]);

        var text = Requests.Content($$"""{"type":"file","file":{"filename":"a.txt","file_data":"data:text/plain;base64,{{data}}"} }""");
        Assert.Equal(7 + 400, text.PromptTokens);

        var pdf = Requests.Content($$"""{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,{{data}}"} }""");
        Assert.Equal((7 + 100, 10_000), (pdf.PromptTokens, pdf.PromptBound));

        Requests.Refused(
            () => Requests.Content("""{"type":"file","file":{"file_id":"file-1"}}"""),
            "unsupported_parameter",
            "messages[0].content[0].file.file_id");
        Requests.Refused(
            () => Requests.Content(
                $$"""{"type":"file","file":{"file_data":"data:application/pdf;base64,{{data}}"} }""", Requests.Route("gpt-4o-mini")),
            "unsupported_parameter",
            "messages[0].content[0].file");
    }

    [Fact]
    public void Check_Tools_AreCounted()
    {
        var facts = Requests.Chat(
            "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"weather\",\"description\":\"Tells the weather\"}}]");

        Assert.InRange(facts.PromptTokens, HelloWorld + 5, HelloWorld + 40);
    }

    private static string Image(string url, string detail = "auto") => new JsonObject
    {
        ["type"] = "image_url",
        ["image_url"] = new JsonObject { ["url"] = url, ["detail"] = detail },
    }.ToJsonString();
}
