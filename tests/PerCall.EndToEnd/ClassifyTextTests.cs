using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using PerCall.Client.Wire;
using Xunit;

namespace PerCall.EndToEnd;

public sealed class ClassifyTextTests(Service service)
{
    private const string Path = "v1/text/classify";
    private const string Winner =
        "You are a WINNER!!!\nCongratulations! You have won $1,000,000. CLICK HERE to claim your FREE cash prize now, no obligation, 100% "
            + "guaranteed.";
    private const string Meeting =
        "Re: meeting on Thursday\nHi Anna,\n\nI have moved our meeting to ten. The patch for the parser is attached, could you review "
            + "it?\n\nPeter";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Post_OneText_IsLabelled()
    {
        using var response = await service.Http.PostAsJsonAsync(Path, new { input = Winner, model = "spam" }, Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("infer;dur=", string.Join(",", response.Headers.GetValues("Server-Timing")), StringComparison.Ordinal);
        var answer = (await response.Content.ReadFromJsonAsync(WireJson.Default.ClassifyTextResponse, Cancellation))!;
        Assert.StartsWith("txt_", answer.Id, StringComparison.Ordinal);
        Assert.Equal(("spam", "1"), (answer.Model, answer.Version));
        var result = Assert.Single(answer.Results);
        Assert.Equal(("spam", 2, false), (result.Predictions[0].Label, result.Predictions.Count, result.Truncated));
        Assert.Equal(1, result.Predictions.Sum(p => p.Score!.Value), 1e-5f);
        Assert.Null(result.Labels);
        Assert.Equal(Winner.Length, answer.Usage.Characters);
        Assert.InRange(answer.Usage.Tokens, 20, 60);
    }

    [Fact]
    public async Task Post_TextsOfManyLengths_AreAnsweredInOrderAndAsAlone()
    {
        string[] texts = [Winner, Meeting, "", "😀", string.Concat(Enumerable.Repeat(Meeting + "\n", 200)), "\0", "مرحبا", Winner];

        var together = await service.Client.ClassifyTextAsync(texts, "spam", 1, Cancellation);

        Assert.Equal(Enumerable.Range(0, texts.Length), together.Results.Select(r => r.Index));
        Assert.Equal(["spam", "ham"], together.Results.Take(2).Select(r => r.Predictions.Single().Label));
        Assert.Equal([false, false, false, false, true, false, false, false], together.Results.Select(r => r.Truncated));
        foreach (var (text, result) in texts.Zip(together.Results))
        {
            var alone = (await service.Client.ClassifyTextAsync([text], "spam/1", 1, Cancellation)).Results.Single();
            Assert.Equal(alone.Predictions[0].Label, result.Predictions[0].Label);
            Assert.Equal(alone.Predictions[0].Score!.Value, result.Predictions[0].Score!.Value, 1e-4f);
        }
    }

    [Fact]
    public async Task Post_256LongTexts_AreAnswered()
    {
        var texts = Enumerable.Range(0, 256).Select(i => string.Concat(Enumerable.Repeat("wonderful coffee ", i + 1))).ToList();

        var answer = await service.Client.ClassifyTextAsync(texts, "sentiment", 1, Cancellation);

        Assert.Equal(256, answer.Results.Count);
        Assert.Equal(texts.Sum(t => (long)t.Length), answer.Usage.Characters);
    }

    [Fact]
    public async Task Post_AMegabyte_IsAnswered()
    {
        var text = string.Concat(Enumerable.Repeat("good tea, ", (1 << 20) / 10)).PadRight(1 << 20);

        var answer = await service.Client.ClassifyTextAsync([text], "sentiment", 2, Cancellation);

        Assert.True(answer.Results.Single().Truncated);
        Assert.Equal(1 << 20, answer.Usage.Characters);
    }

    [Theory]
    [InlineData("""{"input": "a"}""", 400, "missing_model", "model")]
    [InlineData("""{"model": "spam"}""", 400, "missing_input", "input")]
    [InlineData("""{"model": "spam", "input": null}""", 400, "missing_input", "input")]
    [InlineData("""{"model": "spam", "input": []}""", 400, "invalid_input_count", "input")]
    [InlineData("""{"model": "spam", "input": 5}""", 400, "malformed_json", "input")]
    [InlineData("""{"model": "spam", "input": ["a", 5]}""", 400, "malformed_json", "input")]
    [InlineData("""{"model": "spam", "input": ["a", null]}""", 400, "malformed_json", "input")]
    [InlineData("""{"model": "spam", "input": "a", "top_k": 0}""", 400, "invalid_top_k", "top_k")]
    [InlineData("""{"model": "spam", "input": "a", "top_k": "two"}""", 400, "malformed_json", "top_k")]
    [InlineData("""{"model": "spam", "input": "a" """, 400, "malformed_json", null)]
    [InlineData("null", 400, "malformed_json", null)]
    [InlineData("", 400, "malformed_json", null)]
    [InlineData("""{"model": "no-such-model", "input": "a"}""", 404, "model_not_found", "model")]
    [InlineData("""{"model": "digits", "input": "a"}""", 404, "wrong_task", "model")]
    public async Task Post_WhatIsNoCall_IsRefused(string body, int status, string code, string? param) =>
        await Problems.AssertAsync(await PostAsync(Encoding.UTF8.GetBytes(body)), status, code, param);

    [Fact]
    public async Task Post_HalfAPair_IsRefusedForWhatItIs() => await Problems.AssertAsync(
        await PostAsync("""{"model": "spam", "input": "a\ud800b"}"""u8.ToArray()), 400, "malformed_json", "input",
        "half of a surrogate pair");

    [Fact]
    public async Task Post_NoUtf8_IsRefusedWithThePlace()
    {
        var body = "{\"model\": \"spam\", \"input\": \"a#b\"}"u8.ToArray();
        body[Array.IndexOf(body, (byte)'#')] = 0xFF;

        await Problems.AssertAsync(await PostAsync(body), 400, "invalid_utf8", null, "first at byte 29");
    }

    [Fact]
    public async Task Post_TooManyTexts_IsRefused()
    {
        using var response = await service.Http.PostAsJsonAsync(
            Path, new { input = Enumerable.Repeat("a", 257), model = "spam" }, Cancellation);

        await Problems.AssertAsync(response, 400, "invalid_input_count", "input", "257 texts; allowed: 1 to 256");
    }

    [Fact]
    public async Task Post_TextTooLong_NamesItsIndex()
    {
        using var response = await service.Http.PostAsJsonAsync(
            Path, new { input = new[] { "a", new string('b', (1 << 20) + 1) }, model = "spam" }, Cancellation);

        await Problems.AssertAsync(response, 413, "text_too_long", "input[1]", "1,048,577 characters; allowed: at most 1,048,576");
    }

    [Fact]
    public async Task Post_ABodyThatIsTooLong_IsRefused() =>
        await Problems.AssertAsync(await PostAsync(new byte[(16 << 20) + 1]), 413, "body_too_large", null);

    [Fact]
    public async Task Post_AnotherContentType_IsRefused() =>
        await Problems.AssertAsync(
            await PostAsync("input=a"u8.ToArray(), "application/x-www-form-urlencoded"), 415, "unsupported_content_type", null);

    [Fact]
    public async Task Post_TextModelForAPicture_IsRefused()
    {
        using var content = new ByteArrayContent(await File.ReadAllBytesAsync(Service.Sample("fashion", "ankle-boot.png"), Cancellation));
        using var response = await service.Http.PostAsync(
            new Uri("v1/images/classify?model=spam", UriKind.Relative), content, Cancellation);

        await Problems.AssertAsync(response, 404, "wrong_task", "model");
    }

    private async Task<HttpResponseMessage> PostAsync(byte[] body, string contentType = "application/json")
    {
        using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(contentType) } };
        return await service.Http.PostAsync(new Uri(Path, UriKind.Relative), content, Cancellation);
    }
}
