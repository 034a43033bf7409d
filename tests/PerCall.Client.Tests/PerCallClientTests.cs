using System.Net;
using System.Text;
using Xunit;

namespace PerCall.Client.Tests;

/// <summary>What only a server that misbehaves can show; the rest is tested against the service itself.</summary>
public sealed class PerCallClientTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("text/html", "<h1>Bad gateway</h1>")]
    [InlineData("application/problem+json", "{ this is no JSON")]
    public async Task Call_ResponseFromAnotherServer_ReportsTheStatus(string contentType, string body)
    {
        var refusal = await Assert.ThrowsAsync<PerCallException>(
            () => Client(HttpStatusCode.BadGateway, contentType, body).ListModelsAsync(Cancellation));

        Assert.Equal(HttpStatusCode.BadGateway, refusal.Status);
        Assert.Null(refusal.Problem);
        Assert.Equal("The service answered 502 without an error description.", refusal.Message);
    }

    [Fact]
    public async Task Call_ProblemDetails_AreTheException()
    {
        var refusal = await Assert.ThrowsAsync<PerCallException>(() =>
            Client(
                HttpStatusCode.Conflict, "application/problem+json",
                """{"status":409,"code":"version_in_use","detail":"An alias names it.","traceId":"t"}""").DeleteVersionAsync("a", "1",
                Cancellation));

        Assert.Equal("An alias names it.", refusal.Message);
        Assert.Equal(("version_in_use", "t"), (refusal.Problem!.Code, refusal.Problem.TraceId));
    }

    [Theory]
    [InlineData("""{"error": "The tensor 'x' has 3 bytes."}""", "The tensor 'x' has 3 bytes.")]
    [InlineData("""{"message": "no"}""", "The service answered 400 without an error description.")]
    [InlineData("[]", "The service answered 400 without an error description.")]
    public async Task Infer_ErrorOfTheProtocol_IsTheException(string body, string message)
    {
        var refusal = await Assert.ThrowsAsync<PerCallException>(
            () => Client(HttpStatusCode.BadRequest, "application/json", body).InferAsync("a", [], cancellation: Cancellation));

        Assert.Equal(message, refusal.Message);
    }

    [Fact]
    public async Task Call_NameWithSlashes_IsOneSegment()
    {
        var server = new Server(HttpStatusCode.NotFound, "text/plain", "");
        await Assert.ThrowsAsync<PerCallException>(
            () =>
                new PerCallClient(new HttpClient(server) { BaseAddress = new("http://localhost") }).GetModelAsync("a/../b", Cancellation));

        Assert.Equal("/v1/models/a%2F..%2Fb", server.Asked!.AbsolutePath);
    }

    private static PerCallClient Client(HttpStatusCode status, string contentType, string body) =>
        new(new HttpClient(new Server(status, contentType, body)) { BaseAddress = new("http://localhost") });

    private sealed class Server(HttpStatusCode status, string contentType, string body) : HttpMessageHandler
    {
        public Uri? Asked { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked = request.RequestUri;
            return Task.FromResult(new HttpResponseMessage(status) { Content = new StringContent(body, Encoding.UTF8, contentType) });
        }
    }
}
