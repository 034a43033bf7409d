using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json.Nodes;
using PerCall.Testing.LargeModels;
using Xunit;

namespace PerCall.EndToEnd.LargeModels;

/// <summary>Personal data does not leave for a provider, and is in the answer again, in every form of a call.</summary>
[Collection(SharedLargeModels.Name)]
public sealed class RedactionTests(LargeModelService service)
{
    private const string Said = "Write to jane.doe@example.com or GB82 WEST 1234 5698 7654 32, please.";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("v1/chat/completions", false)]
    [InlineData("v1/chat/completions", true)]
    [InlineData("v1/responses", false)]
    [InlineData("v1/responses", true)]
    [InlineData("v1/audio/transcriptions", false)]
    [InlineData("v1/audio/transcriptions", true)]
    [InlineData("v1/audio/transcriptions", false, "text")]
    public async Task Call_HeaderRedacts_SendsPlaceholdersAndAnswersWithTheValues(string path, bool stream, string format = "json")
    {
        var name = $"redacted {path} {stream} {format}";
        // The provider records the script's id as it arrives, and answers with the text before the script.
        var text = $"{Said} script: echo; id={name} jane.doe@example.com";
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = Content(path, text, stream, format),
            Headers = { { "x-percall-redact", "true" }, { "Authorization", $"Bearer {await service.AddCallerAsync()}" } },
        };

        using var response = await service.Http.SendAsync(request, Cancellation);
        var body = await response.Content.ReadAsStringAsync(Cancellation);

        Assert.True(response.IsSuccessStatusCode, body);
        Assert.Equal(Said, (stream ? Streamed(body) : Whole(path, format, body)).Trim());
        Assert.Equal(
            $"{name} [EMAIL_1]",
            Assert.Single(service.Provider.Emissions.All, e => e.Id.StartsWith(name + " ", StringComparison.Ordinal)).Id);
    }

    private static HttpContent Content(string path, string text, bool stream, string format) => path switch
    {
        "v1/audio/transcriptions" => Form(text, stream, format),
        "v1/responses" => JsonContent.Create(new { model = StandInModels.Steady.Name, stream, input = text }),
        _ => JsonContent.Create(
            new { model = StandInModels.Steady.Name, stream, messages = new[] { new { role = "user", content = text } } }),
    };

    private static MultipartFormDataContent Form(string text, bool stream, string format) => new()
    {
        { new StringContent(StandInModels.Speech.Name), "model" },
        { new StringContent(text), "prompt" },
        { new StringContent(stream ? "true" : "false"), "stream" },
        { new StringContent(format), "response_format" },
        { ScriptCaller.Silence(1), "file", "jane.doe.wav" },
    };

    private static string Whole(string path, string format, string body) => (path, format) switch
    {
        (_, "text") => body,
        ("v1/audio/transcriptions", _) => (string)JsonNode.Parse(body)!["text"]!,
        ("v1/responses", _) => (string)JsonNode.Parse(body)!["output"]![0]!["content"]![0]!["text"]!,
        _ => (string)JsonNode.Parse(body)!["choices"]![0]!["message"]!["content"]!,
    };

    private static string Streamed(string body)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(body));
        var events = SseParser.Create(stream).Enumerate().Select(e => e.Data).Where(d => d != "[DONE]").Select(d => JsonNode.Parse(d)!);
        return string.Concat(events.Select(e => e["delta"] is JsonValue delta
            ? (string?)delta
            : (string?)(e["choices"] as JsonArray)?.FirstOrDefault()?["delta"]?["content"]));
    }
}
