using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Xunit;

namespace PerCall.Hosting.Tests.Http;

public sealed class HttpTriggerTests(ServiceFixture fixture) : IClassFixture<ServiceFixture>
{
    private HttpClient Client => fixture.Client;

    [Fact]
    public async Task Trigger_RouteValues_AreParametersAndBindingData()
    {
        var answer = await Client.GetFromJsonAsync<JsonElement>("/echo/ada/3");

        Assert.Equal("ada", answer.GetProperty("name").GetString());
        Assert.Equal(3, answer.GetProperty("count").GetInt32());
        Assert.Equal("ada", answer.GetProperty("bound").GetString());
    }

    [Fact]
    public async Task Trigger_RouteValueOfAnotherType_Answers400()
    {
        Assert.Equal("number 7", await Client.GetStringAsync("/number/7"));
        Assert.Equal(HttpStatusCode.BadRequest, (await Client.GetAsync("/number/seven")).StatusCode);
    }

    [Fact]
    public async Task Trigger_ResultThatIsARecord_IsJson() =>
        Assert.Equal("""{"name":"square","corners":4}""", await Client.GetStringAsync("/record"));

    [Theory]
    [InlineData("/echo/ada/three")]
    [InlineData("/nowhere")]
    public async Task Trigger_UnmatchedRoute_AnswersPlain404(string path)
    {
        var answer = await Client.GetAsync(path);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("", await answer.Content.ReadAsStringAsync());
        Assert.False(answer.Headers.Contains("Server"));
    }

    [Theory]
    [InlineData("GET", "/any/specific", "specific")]
    [InlineData("POST", "/any/specific", "anything POST specific")]
    [InlineData("DELETE", "/any/a/b", "anything DELETE a/b")]
    [InlineData("GET", "/any", "anything GET ")]
    public async Task Trigger_CatchAll_TakesWhatNoSpecificRouteDoes(string method, string path, string expected)
    {
        var answer = await Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

        Assert.Equal(expected, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Middleware_AroundAFunction_RunsInOrderAndBeforeTheResult()
    {
        var answer = await Client.GetAsync("/order");

        Assert.Equal("ordered", await answer.Content.ReadAsStringAsync());
        Assert.Equal(
            ["outer before", "inner before", "function", "inner after", "outer after", "result"],
            answer.Headers.GetValues("x-order"));
    }

    [Fact]
    public async Task Middleware_AnswersItself_FunctionDoesNotRun()
    {
        var answer = await Client.GetAsync("/order?stop=inner");

        Assert.Equal(418, (int)answer.StatusCode);
        Assert.Equal("stopped by inner", await answer.Content.ReadAsStringAsync());
        Assert.Equal(["outer before"], answer.Headers.GetValues("x-order"));
    }

    [Fact]
    public async Task Function_Throws_Answers500AndSaysNothing()
    {
        var answer = await Client.GetAsync("/throw");

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Equal("", await answer.Content.ReadAsStringAsync());
        await fixture.Service.WaitForLineAsync(
            l => l.Contains("Function throw", StringComparison.Ordinal) && l.Contains("deliberate", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Body_BeyondTheDeclaredLimit_Answers413()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/upload") { Content = new ZeroContent(104_857_601, declared: true) };
        request.Headers.ExpectContinue = true;

        var answer = await Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Fact]
    public async Task Body_OfTheDeclaredLimit_IsTaken()
    {
        var answer = await Client.PostAsync("/upload", new ZeroContent(104_857_600, declared: true));

        Assert.Equal("104857600", await answer.Content.ReadAsStringAsync());
    }

    // The sizes of the chunks count, too.
    [Theory]
    [InlineData(104_800_000, 200)]
    [InlineData(104_857_601, 413)]
    public async Task Body_Chunked_Answers413BeyondTheLimit(long length, int status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/upload") { Content = new ZeroContent(length, declared: false) };
        request.Headers.TransferEncodingChunked = true;

        var answer = await Client.SendAsync(request);

        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task Client_Disconnects_CancelsTheToken()
    {
        using var disconnect = new CancellationTokenSource();
        var call = Client.GetAsync("/hang/client", disconnect.Token);
        await fixture.Service.WaitForLineAsync("@hang client started");

        await disconnect.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await fixture.Service.WaitForLineAsync("@hang client cancelled, context True");
    }

    [Fact]
    public async Task Events_Stream_TheFirstArrivesBeforeTheLastIsWritten()
    {
        using var answer = await Client.GetAsync("/events/open-events", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());

        Assert.Equal("data: first", await reader.ReadLineAsync());
        fixture.App.OpenGate("open-events");
        Assert.Equal("\ndata: last\n\n", await reader.ReadToEndAsync());
    }

    [Fact]
    public async Task Address_PortChosenAtStart_IsInTheHostNameSetting() =>
        Assert.Equal(fixture.Service.Address.Authority, await Client.GetStringAsync("/hostname"));
}
