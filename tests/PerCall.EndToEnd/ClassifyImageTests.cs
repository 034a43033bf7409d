using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using PerCall.Client.Wire;
using Xunit;

namespace PerCall.EndToEnd;

public sealed class ClassifyImageTests(Service service)
{
    private const string Path = "v1/images/classify";
    private static readonly byte[] Boot = File.ReadAllBytes(Service.Sample("fashion", "ankle-boot.png"));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("image/png")]
    [InlineData("application/octet-stream")]
    [InlineData(null)]
    public async Task Post_ImageAsBody_IsLabelled(string? contentType)
    {
        using var content = new ByteArrayContent(Boot);
        content.Headers.ContentType = contentType is null ? null : new MediaTypeHeaderValue(contentType);
        using var response = await service.Http.PostAsync(
            new Uri($"{Path}?model=fashion&top_k=3", UriKind.Relative), content, Cancellation);

        var answer = await AnswerAsync(response);
        Assert.StartsWith("img_", answer.Id, StringComparison.Ordinal);
        Assert.Equal(("fashion", "1"), (answer.Model, answer.Version));
        Assert.Equal(3, answer.Predictions.Count);
        Assert.Equal("Ankle boot", answer.Predictions[0].Label);
        Assert.InRange(answer.Predictions[0].Score!.Value, 0.5f, 1f);
    }

    [Fact]
    public async Task Post_Multipart_IsLabelled()
    {
        using var form = new MultipartFormDataContent
        {
            { new ByteArrayContent(Boot), "image", "boot.png" },
            { new StringContent("fashion/production"), "model" },
            { new StringContent("2"), "top_k" },
        };
        using var response = await service.Http.PostAsync(new Uri(Path, UriKind.Relative), form, Cancellation);

        var answer = await AnswerAsync(response);
        Assert.Equal(("Ankle boot", 2), (answer.Predictions[0].Label, answer.Predictions.Count));
    }

    [Theory]
    [InlineData("")]
    [InlineData("data:image/png;base64,")]
    public async Task Post_Json_IsLabelled(string prefix)
    {
        using var response = await service.Http.PostAsJsonAsync(
            Path, new { image = prefix + Convert.ToBase64String(Boot), model = "fashion/1", top_k = 1 }, Cancellation);

        Assert.Equal("Ankle boot", (await AnswerAsync(response)).Predictions.Single().Label);
    }

    [Fact]
    public async Task Post_WithoutTopK_GivesFiveAndTellsWhereTimeWent()
    {
        using var content = new ByteArrayContent(Boot);
        content.Headers.ContentType = new("image/png");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{Path}?model=fashion") { Content = content };
        request.Headers.Add("x-request-id", "my-own-id.1");
        using var response = await service.Http.SendAsync(request, Cancellation);

        Assert.Equal(5, (await AnswerAsync(response)).Predictions.Count);
        Assert.Equal("my-own-id.1", response.Headers.GetValues("x-request-id").Single());
        var timing = response.Headers.GetValues("Server-Timing").Single();
        Assert.Matches(
            @"^auth;dur=[0-9.]+, (limits;dur=[0-9.]+, )?queue;dur=[0-9.]+, decode;dur=[0-9.]+, infer;dur=[0-9.]+, meter;dur=[0-9.]+, total;dur=[0-9.]+$", timing);
        Assert.False(response.Headers.Contains("Server"));
    }

    [Fact]
    public async Task Post_ThroughTheTypedClient_GivesTheSame()
    {
        var answer = await service.Client.ClassifyImageAsync(
            File.ReadAllBytes(Service.Sample("digits", "digit-7.png")), "digits", 1, Cancellation);

        Assert.Equal("7", answer.Predictions.Single().Label);
    }

    private static async Task<ClassifyImageResponse> AnswerAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        return JsonSerializer.Deserialize(text, WireJson.Default.ClassifyImageResponse)!;
    }
}
