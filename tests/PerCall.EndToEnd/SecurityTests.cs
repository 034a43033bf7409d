using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using PerCall.EndToEnd.Charging;
using Xunit;

namespace PerCall.EndToEnd;

/// <summary>What browsers are told, who gets in where, and what happens to those who try keys.</summary>
public sealed partial class SecurityTests(Service service)
{
    private const int FailedKeys = 3;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("docs", 200)]
    [InlineData("docs/scalar.js", 200)]
    [InlineData("openapi/v1.json", 200)]
    [InlineData("health/ready", 200)]
    [InlineData("", 302)]
    [InlineData("nothing", 404)]
    [InlineData("v1/models", 200)]
    [InlineData("v1/models/nothing", 404)]
    [InlineData("v1/usage?format=csv", 200)]
    [InlineData("manage/v1/plans", 401)]
    public async Task Get_Anything_TellsBrowsersToTakeItForWhatItIs(string path, int status)
    {
        using var response = await SendAsync(HttpMethod.Get, service.Process.Address, path, service.Key);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("nosniff", Header(response, "X-Content-Type-Options"));
        Assert.Equal("no-referrer", Header(response, "Referrer-Policy"));
        Assert.Contains("default-src 'none'", Header(response, "Content-Security-Policy"), StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", Header(response, "Content-Security-Policy"), StringComparison.Ordinal);
        Assert.Equal(Regex.IsMatch(path, "^(v1|manage)/"), Header(response, "Cache-Control") == "no-store");
        Assert.Null(Header(response, "Strict-Transport-Security"));

        using var behindTls = await SendAsync(HttpMethod.Get, service.Process.Address, path, service.Key, ("X-Forwarded-Proto", "https"));
        Assert.Equal("max-age=31536000", Header(behindTls, "Strict-Transport-Security"));
    }

    [Fact]
    public async Task Docs_Page_RunsItsOwnScriptsAndNoOthers()
    {
        using var response = await service.Anonymous.GetAsync(new Uri("docs", UriKind.Relative), Cancellation);
        var inline = Assert.Single(InlineScript().Matches(await response.Content.ReadAsStringAsync(Cancellation))).Groups[1].Value;

        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(inline)));
        Assert.Contains($"script-src 'self' 'sha256-{hash}';", Header(response, "Content-Security-Policy"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 302)]
    [InlineData("docs", 200)]
    [InlineData("docs/scalar.js", 200)]
    [InlineData("openapi/v1.json", 200)]
    [InlineData("health/live", 200)]
    [InlineData("health/ready", 200)]
    public async Task Head_OfWhatCanBeGot_IsAnsweredWithoutABody(string path, int status)
    {
        using var head = await SendAsync(HttpMethod.Head, service.Process.Address, path);
        using var get = await SendAsync(HttpMethod.Get, service.Process.Address, path);

        Assert.Equal((status, status), ((int)head.StatusCode, (int)get.StatusCode));
        Assert.Equal(get.Content.Headers.ContentType?.ToString(), head.Content.Headers.ContentType?.ToString());
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(Cancellation));
        Assert.Equal(path.Length == 0 ? "/docs" : null, head.Headers.Location?.ToString());
    }

    /// <summary>One instance with all that can be set: who may call from where, how many keys may fail, and whom to write to.</summary>
    [Fact]
    [Trait("Processes", "several")]
    public async Task Instance_WithSettings_HoldsToThem()
    {
        await using var other = await service.StartAnotherAsync(
            ("PerCall__Clients__FailedKeysPerMinute", $"{FailedKeys}"),
            ("PerCall__Clients__Proxies", "1"),
            ("PerCall__Security__Contact", "mailto:security@example.com"),
            ("LocalSettings__Host__CORS", "https://app.example"));
        using var tenant = await TestTenant.CreateAsync(service);

        await AssertFailedKeysAsync(other.Address, tenant.Key.Key);
        await AssertCorsAsync(other.Address);

        using var text = await SendAsync(HttpMethod.Get, other.Address, ".well-known/security.txt");
        Assert.Equal("text/plain", text.Content.Headers.ContentType?.MediaType);
        Assert.Matches(
            @"^Contact: mailto:security@example\.com\nExpires: \d{4}-\d\d-\d\dT00:00:00Z\n",
            await text.Content.ReadAsStringAsync(Cancellation));
        await Problems.AssertAsync(
            await SendAsync(HttpMethod.Get, service.Process.Address, ".well-known/security.txt"), 404, "path_not_found", null);
    }

    private static async Task AssertFailedKeysAsync(Uri address, string key)
    {
        const string Guesser = "203.0.113.7";
        async Task<HttpResponseMessage> TryAsync(string path, string sent, string from) => await SendAsync(
            HttpMethod.Get, address, path, sent, ("X-Forwarded-For", from));
        for (var i = 0; i < FailedKeys; i++)
        {
            // What stands before the proxy's own entry is the client's invention.
            using var wrong = await TryAsync(
                i % 2 == 0 ? "v1/models" : "manage/v1/plans", $"guess-{i}", $"198.51.100.{i}, {Guesser}:{1000 + i}");
            Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        }

        foreach (var path in new[] { "v1/models", "manage/v1/plans" })
        {
            using var refused = await TryAsync(path, "another guess", Guesser);
            Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
            await Problems.AssertAsync(refused, 429, "too_many_failed_keys", null, "A valid key works at once.");
        }

        using var right = await TryAsync("v1/models", key, Guesser);
        Assert.Equal(HttpStatusCode.OK, right.StatusCode);
        using var operators = await TryAsync("manage/v1/plans", Service.OperatorKey, Guesser);
        Assert.Equal(HttpStatusCode.OK, operators.StatusCode);
        using var elsewhere = await TryAsync("v1/models", "guess", "203.0.113.8");
        Assert.Equal(HttpStatusCode.Unauthorized, elsewhere.StatusCode);
    }

    private static async Task AssertCorsAsync(Uri address)
    {
        (string, string) asked = ("Access-Control-Request-Method", "POST");
        (string, string) headers = ("Access-Control-Request-Headers", "authorization,content-type");
        using var allowed = await SendAsync(
            HttpMethod.Options, address, "v1/text/classify", null, ("Origin", "https://app.example"), asked, headers);
        Assert.Equal(
            (HttpStatusCode.NoContent, "https://app.example"), (allowed.StatusCode, Header(allowed, "Access-Control-Allow-Origin")));
        Assert.Equal("authorization,content-type", Header(allowed, "Access-Control-Allow-Headers"));
        using var other = await SendAsync(
            HttpMethod.Options, address, "v1/text/classify", null, ("Origin", "https://other.example"), asked);
        Assert.Null(Header(other, "Access-Control-Allow-Origin"));
        // A refusal can be read by the page as well.
        using var refused = await SendAsync(HttpMethod.Get, address, "v1/models", null, ("Origin", "https://app.example"));
        Assert.Equal(
            (HttpStatusCode.Unauthorized, "https://app.example"), (refused.StatusCode, Header(refused, "Access-Control-Allow-Origin")));
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;

    private static async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, Uri address, string path, string? key = null, params (string Name, string Value)[] headers)
    {
        using var handler = new HttpClientHandler { AllowAutoRedirect = false };
        using var http = new HttpClient(handler);
        using var request = new HttpRequestMessage(method, new Uri(address, path));
        if (key is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await http.SendAsync(request, Cancellation);
    }

    [GeneratedRegex("<script>(.+?)</script>", RegexOptions.Singleline)]
    private static partial Regex InlineScript();
}
