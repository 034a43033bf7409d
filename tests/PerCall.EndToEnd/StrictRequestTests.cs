using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using PerCall.EndToEnd.Batches;
using PerCall.EndToEnd.Charging;
using Xunit;

namespace PerCall.EndToEnd;

/// <summary>What a request has that nobody asked for is refused by name, and not passed over.</summary>
public sealed class StrictRequestTests(Service service)
{
    private const string Surprise = "monthly_budgets";

    /// <summary>Paths that the API's description leaves out.</summary>
    private static readonly string[] Undescribed =
        ["GET /docs", "GET /docs/scalar.js", "GET /openapi/v1.json", "GET /.well-known/security.txt"];

    /// <summary>Paths of other clients than OpenAI's.</summary>
    private static readonly string[] OfOneMessage = [" /v2", " /models/", " /pipeline/"];

    /// <summary>What these do not know goes on to the provider of a large model.</summary>
    private static readonly string[] PassedOn =
    [
        "POST /v1/chat/completions", "POST /v1/responses", "POST /v1/moderations", "POST /models/{model}/v1/chat/completions",
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Walk_EveryRoute_UnknownQueryParameter_IsRefusedByName()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var document = await service.Http.GetFromJsonAsync<JsonElement>("openapi/v1.json", Cancellation);
        var routes = document.GetProperty("paths").EnumerateObject().SelectMany(
            p => p.Value.EnumerateObject().Select(m => $"{m.Name.ToUpperInvariant()} {p.Name}")).Concat(Undescribed);

        Assert.All(
            await Task.WhenAll(routes.Select(async r => (Route: r, Answer: await SendAsync(r, $"?{Surprise}=1", "{}", tenant)))),
            a => AssertNames(a.Route, a.Answer, "unknown_parameter"));
    }

    [Fact]
    public async Task Walk_EveryRouteWithAJsonBody_UnknownMember_IsRefusedByName()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var document = await service.Http.GetFromJsonAsync<JsonElement>("openapi/v1.json", Cancellation);
        var routes = document.GetProperty("paths").EnumerateObject()
            .SelectMany(p => p.Value.EnumerateObject().Where(m => TakesJson(m.Value)).Select(m => $"{m.Name.ToUpperInvariant()} {p.Name}"))
            .Except(PassedOn)
            .ToList();

        Assert.InRange(routes.Count, 12, 100);
        Assert.All(
            await Task.WhenAll(routes.Select(async r => (Route: r, Answer: await SendAsync(r, "", $"{{\"{Surprise}\": 1}}", tenant)))),
            a => AssertNames(a.Route, a.Answer, "unknown_member"));
    }

    [Theory]
    [InlineData("v1/predictions", """{"task": "text-classification", "model": "spam", "input": {"input": "x", "topk": 1}}""", "topk")]
    [InlineData("v1/recommend", """{"model": "shop", "history": [{"item": "coffee-01", "ratng": 5}]}""", "history[0].ratng")]
    [InlineData("v1/images/classify", """{"model": "fashion", "image": "", "top-k": 5}""", "top-k")]
    public async Task Post_UnknownMemberWithin_IsRefusedByName(string path, string body, string member)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        await Problems.AssertAsync(
            await service.Http.PostAsync(new Uri(path, UriKind.Relative), content, Cancellation),
            400,
            "unknown_member",
            member,
            $"Unknown member '{member}'");
    }

    [Fact]
    public async Task Post_UnknownFieldOfAForm_IsRefusedByName()
    {
        var bytes = await File.ReadAllBytesAsync(Service.Sample("fashion", "bag.png"), Cancellation);
        using var picture =
            new MultipartFormDataContent { { new ByteArrayContent(bytes), "image", "bag.png" }, { new StringContent("2"), "topk" } };
        await Problems.AssertAsync(
            await service.Http.PostAsync(new Uri("v1/images/classify?model=fashion", UriKind.Relative), picture, Cancellation),
            400,
            "unknown_member",
            "topk",
            "model, top_k");

        using var file = new MultipartFormDataContent
        {
            { new StringContent("batch"), "purpose" },
            { new StringContent("x"), "porpoise" },
            { new ByteArrayContent("{}"u8.ToArray()), "file", "rows.jsonl" },
        };
        await Problems.AssertAsync(
            await service.Http.PostAsync(new Uri("v1/files", UriKind.Relative), file, Cancellation),
            400,
            "unknown_member",
            "porpoise",
            "purpose, file");
    }

    /// <summary>What clients send that were not written for this service, and what has no meaning here.</summary>
    [Fact]
    public async Task Get_ParametersOfOpenAisClients_AreAccepted()
    {
        string[] paths =
        [
            "v1/models?api-version=2024-10-21", "v1/files?api-version=2024-10-21&order=desc&purpose=batch&limit=1", "v1/batches?limit=1",
        ];
        foreach (var path in paths)
        {
            using var answer = await service.Http.GetAsync(new Uri(path, UriKind.Relative), Cancellation);
            Assert.True(answer.IsSuccessStatusCode, path);
        }

        await Problems.AssertAsync(
            await service.Http.GetAsync(new Uri("v1/files?order=asc", UriKind.Relative), Cancellation),
            400,
            "invalid_order",
            "order",
            "allowed: desc");
    }

    [Theory]
    [InlineData("v1/images/classify?model=fashion", "image/heic", "\0\0\0\u0018ftypheic", 415, "unsupported_image", "Save it as JPEG")]
    [InlineData(
        "v1/images/classify?model=fashion",
        "image/jpeg",
        "https://example.com/cat.jpg",
        400,
        "image_is_an_address",
        "Download the picture and send its bytes")]
    [InlineData(
        "v1/images/classify?model=fashion",
        "application/octet-stream",
        "PK\u0003\u0004..........................[Content_Types].xml",
        415,
        "unsupported_image",
        "To score a table, save it as CSV")]
    [InlineData(
        "v1/images/classify?model=fashion",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "PK",
        415,
        "unsupported_content_type",
        "POST /v1/batches")]
    [InlineData(
        "v1/text/classify",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "PK",
        415,
        "unsupported_content_type",
        "Save the table as CSV")]
    [InlineData(
        "v1/text/classify",
        "application/json",
        "PK\u0003\u0004..........................[Content_Types].xml",
        415,
        "unsupported_content_type",
        "Save the table as CSV")]
    public async Task Post_CommonUnsupportedContent_SaysWhatToDo(
        string path, string contentType, string body, int status, string code, string detail)
    {
        using var content = new ByteArrayContent(Encoding.Latin1.GetBytes(body));
        content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        await Problems.AssertAsync(
            await service.Http.PostAsync(new Uri(path, UriKind.Relative), content, Cancellation),
            status,
            code,
            code.Contains("image", StringComparison.Ordinal) ? "image" : null,
            detail);
    }

    [Fact]
    public async Task Quote_UnsupportedFile_SaysWhatToDo()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var workbook = await tenant.Client.SendAsync(
            "table.xlsx", Encoding.Latin1.GetBytes("PK\u0003\u0004..........................[Content_Types].xml"));
        await Problems.AssertAsync(
            await QuoteAsync(tenant, workbook.Id), 400, "unsupported_format", null, "save a table as CSV in UTF-8 first");

        var photo = await tenant.Client.SendAsync("photo.heic", Encoding.Latin1.GetBytes("\0\0\0\u0018ftypheic"));
        await Problems.AssertAsync(await QuoteAsync(tenant, photo.Id), 400, "unsupported_format", null, "save it as JPEG first");

        var addresses = await tenant.Client.SendAsync("addresses.csv", "id,image\na,https://example.com/cat.jpg\n");
        using var quoted = await QuoteAsync(tenant, addresses.Id);
        Assert.Contains(
            "Download the picture and send its bytes", await quoted.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    private static Task<HttpResponseMessage> QuoteAsync(TestTenant tenant, string file) => tenant.Http.PostAsJsonAsync(
        new Uri("v1/batches/quote", UriKind.Relative),
        new { input_file_id = file, endpoint = "/v1/images/classify", model = "fashion" },
        Cancellation);

    private static bool TakesJson(JsonElement operation) =>
        operation.TryGetProperty("requestBody", out var body) && body.GetProperty("content").TryGetProperty("application/json", out _);

    private static void AssertNames(string route, (int Status, string Body) answer, string code)
    {
        Assert.True(answer.Status == 400, $"{route}: {answer}");
        if (OfOneMessage.Any(p => route.Contains(p, StringComparison.Ordinal)))
        {
            // Errors of these clients have only a message.
            var error = JsonElement.Parse(answer.Body).EnumerateObject().Single();
            Assert.Equal("error", error.Name);
            Assert.StartsWith("Unknown ", error.Value.GetString(), StringComparison.Ordinal);
            Assert.Contains($"'{Surprise}'", error.Value.GetString(), StringComparison.Ordinal);
            return;
        }

        Assert.Contains($"\"code\":\"{code}\"", answer.Body, StringComparison.Ordinal);
        Assert.Contains($"\"param\":\"{Surprise}\"", answer.Body, StringComparison.Ordinal);
    }

    private async Task<(int Status, string Body)> SendAsync(string route, string query, string json, TestTenant tenant)
    {
        var (method, template) = (route.Split(' ')[0], route.Split(' ')[1]);
        var path = System.Text.RegularExpressions.Regex.Replace(
            template.Replace("{alias}", "canary", StringComparison.Ordinal), @"\{\w+\}", tenant.Id);
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(service.Http.BaseAddress!, path + query));
        request.Headers.Authorization = new(
            "Bearer", template.StartsWith("/manage/", StringComparison.Ordinal) ? Service.OperatorKey : tenant.Key.Key);
        if (method is "POST" or "PUT" or "PATCH")
        {
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        }

        using var response = await service.Anonymous.SendAsync(request, Cancellation);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }
}
