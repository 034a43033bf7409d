using System.Net;
using System.Net.Http.Json;
using PerCall.Client.Wire;
using PerCall.Testing.Charges;
using Xunit;

namespace PerCall.EndToEnd.Charging;

public sealed class IdempotencyTests(Service service)
{
    private const string Digits = "v1/images/classify?model=digits";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
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
        MultipartFormDataContent Form(string boundary) => new(boundary) { { Image(), "image", "seven.png" }, { new StringContent("digits"), "model" } };

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

    [Fact]
    public async Task Repeat_WhileTheFirstRuns_IsToldSoOrGetsItsAnswer_AndOneIsCharged()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var texts = Enumerable.Range(0, 256).Select(i => string.Concat(Enumerable.Repeat($"text {i} ", 200))).ToList();
        HttpContent Body() => JsonContent.Create(new ClassifyTextRequest { Model = "sentiment", Input = texts }, WireJson.Default.ClassifyTextRequest);

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ =>
        {
            using var request = Request("\"busy\"", "v1/text/classify", Body());
            using var response = await tenant.Http.SendAsync(request, Cancellation);
            return (response.StatusCode, Body: await response.Content.ReadAsStringAsync(Cancellation));
        }));

        Assert.All(answers, a => Assert.True(a.StatusCode is HttpStatusCode.OK or HttpStatusCode.Conflict, a.Body));
        Assert.Contains(answers, a => a.StatusCode == HttpStatusCode.Conflict && a.Body.Contains("idempotency_in_flight", StringComparison.Ordinal));
        Assert.Single(answers.Where(a => a.StatusCode == HttpStatusCode.OK).Select(a => a.Body).Distinct());
        Assert.Single(await ChargesAsync(tenant));
    }

    [Theory]
    [InlineData("\"unfinished")]
    [InlineData("\"a\" and more")]
    [InlineData("\"\"")]
    public async Task Key_OfNoForm_IsRefused(string key)
    {
        using var request = Request(key, Digits, Image());
        await Problems.AssertAsync(await service.Http.SendAsync(request, Cancellation), 400, "invalid_idempotency_key", "Idempotency-Key", "visible ASCII");
    }

    [Fact]
    public async Task Repeat_AfterItsInstanceDied_IsAnsweredAndChargedOnce()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var image = await File.ReadAllBytesAsync(Service.Sample("digits", "digit-7.png"), Cancellation);
        var answers = new List<ReceivedAnswer>();
        for (var i = 0; i < 4; i++)
        {
            var doomed = await service.StartAnotherAsync(("PerCall__Idempotency__Lapse", "00:00:02"));
            using var http = TestTenant.Connect(doomed.Address, tenant.Key.Key);
            await ReceivedAnswer.CallAsync(http, doomed.Address, "digits", image, $"warm-{i}");
            var call = ReceivedAnswer.CallAsync(http, doomed.Address, "digits", image, $"doomed-{i}");
            await Task.Delay(i * 6, Cancellation);
            await doomed.KillAsync();
            await doomed.DisposeAsync();
            try
            {
                await call;
            }
            catch (HttpRequestException)
            {
            }
        }

        await using var heir = await service.StartAnotherAsync(("PerCall__Idempotency__Lapse", "00:00:02"));
        using var after = TestTenant.Connect(heir.Address, tenant.Key.Key);
        for (var i = 0; i < 4; i++)
        {
            await PerCall.Testing.Eventually.HoldsAsync(
                async () =>
                {
                    var (status, answer) = await ReceivedAnswer.CallAsync(after, heir.Address, "digits", image, $"doomed-{i}");
                    if (answer is not null)
                    {
                        answers.Add(answer);
                    }

                    return status == 200 ? true : status == 409 ? false : throw new InvalidOperationException($"Answered with {status}.");
                },
                "the repetition is answered",
                heir);
        }

        var charges = await ChargesAsync(tenant);
        Assert.Equal(4, answers.Count);
        Assert.All(answers, a => Assert.Single(charges, c => c.Id == a.Id));
        // Four calls that came before, and four that were repeated.
        Assert.Equal(8, charges.Count);
    }

    private static async Task<List<WrittenCharge>> ChargesAsync(TestTenant tenant, string connection) =>
        [.. (await WrittenCharge.ReadAllAsync(connection, Cancellation)).Where(c => c.Account == tenant.Account)];

    private Task<List<WrittenCharge>> ChargesAsync(TestTenant tenant) => ChargesAsync(tenant, service.Azurite.ConnectionString);

    private static ByteArrayContent Image(string name = "digit-7.png") => new(File.ReadAllBytes(Service.Sample("digits", name))) { Headers = { ContentType = new("image/png") } };

    private static HttpRequestMessage Request(string key, string path, HttpContent content)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        return request;
    }

    private static Task<(string Body, bool Replayed)> SendAsync(TestTenant tenant, string key, string path, HttpContent content) => SendAsync(tenant.Http, key, path, content);

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
