using Xunit;

namespace PerCall.EndToEnd.Charging;

public sealed class IdempotencyTests(Service service)
{
    private const string Digits = "v1/images/classify?model=digits";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Processes", "several")]
    public async Task Repeat_SameKeyAndRequest_GetsTheFirstAnswerAndIsChargedOnce()
    {
        using var tenant = await TestTenant.CreateAsync(service);

        var (first, replayed) = await SendAsync(tenant, "\"one\"", Digits, Image());
        Assert.False(replayed);
        // On another instance, and as clients send it that do not quote.
        await using var other = await service.StartAnotherAsync();
        using var http = TestTenant.Connect(other.Address, tenant.Key.Key);
        var (second, again) = await SendAsync(http, "one", Digits, Image());

        Assert.True(again);
        Assert.Equal(first, second);
        Assert.Equal(TestTenant.ImagePrice, (await tenant.UsedAsync(Cancellation)).Paid);
    }

    [Fact]
    public async Task Repeat_FormWithAnotherBoundary_IsTheSameRequest()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        MultipartFormDataContent Form(string boundary) =>
            new(boundary) { { Image(), "image", "seven.png" }, { new StringContent("digits"), "model" } };

        var (first, _) = await SendAsync(tenant, "\"form\"", "v1/images/classify", Form("one-boundary"));
        var (second, replayed) = await SendAsync(tenant, "\"form\"", "v1/images/classify", Form("quite-another-boundary"));

        Assert.True(replayed);
        Assert.Equal(first, second);
    }

    [Fact]
    public async Task Repeat_AnotherRequest_IsRefusedAndNotCharged()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        await SendAsync(tenant, "\"k\"", Digits, Image());

        using var otherQuery = Request("\"k\"", Digits + "&top_k=1", Image());
        await Problems.AssertAsync(await tenant.Http.SendAsync(otherQuery, Cancellation), 422, "idempotency_key_reused", "Idempotency-Key");
        using var otherBody = Request("\"k\"", Digits, Image("digit-1.png"));
        await Problems.AssertAsync(await tenant.Http.SendAsync(otherBody, Cancellation), 422, "idempotency_key_reused", "Idempotency-Key");

        Assert.Equal(1, (await tenant.UsedAsync(Cancellation)).Calls);
    }

    [Fact]
    public async Task Repeat_ByAnotherTenant_IsACallOfItsOwn()
    {
        using var one = await TestTenant.CreateAsync(service);
        using var two = await TestTenant.CreateAsync(service);

        var (first, _) = await SendAsync(one, "\"shared\"", Digits, Image());
        var (second, replayed) = await SendAsync(two, "\"shared\"", Digits, Image());

        Assert.False(replayed);
        Assert.NotEqual(first, second);
    }

    [Fact]
    public async Task Repeat_AfterARefusal_RunsAnew()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        using var refused = Request("\"r\"", "v1/images/classify?model=nothing", Image());
        await Problems.AssertAsync(await tenant.Http.SendAsync(refused, Cancellation), 404, "model_not_found", "model");

        var (_, replayed) = await SendAsync(tenant, "\"r\"", Digits, Image());

        Assert.False(replayed);
    }

    [Theory]
    [InlineData("\"unfinished")]
    [InlineData("\"a\" and more")]
    [InlineData("\"\"")]
    public async Task Key_OfNoForm_IsRefused(string key)
    {
        using var request = Request(key, Digits, Image());
        await Problems.AssertAsync(
            await service.Http.SendAsync(request, Cancellation), 400, "invalid_idempotency_key", "Idempotency-Key", "visible ASCII");
    }

    private static ByteArrayContent Image(string name = "digit-7.png") =>
        new(File.ReadAllBytes(Service.Sample("digits", name))) { Headers = { ContentType = new("image/png") } };

    private static HttpRequestMessage Request(string key, string path, HttpContent content)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        return request;
    }

    private static Task<(string Body, bool Replayed)> SendAsync(TestTenant tenant, string key, string path, HttpContent content) =>
        SendAsync(tenant.Http, key, path, content);

    private static async Task<(string Body, bool Replayed)> SendAsync(HttpClient http, string key, string path, HttpContent content)
    {
        using var request = Request(key, path, content);
        using var response = await http.SendAsync(request, Cancellation);
        var body = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.IsSuccessStatusCode, body);
        Assert.NotEmpty(response.Headers.GetValues("x-percall-cost"));
        return (body, response.Headers.Contains("Idempotent-Replayed"));
    }
}
