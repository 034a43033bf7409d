using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using PerCall.Client;
using PerCall.Client.Wire;
using Xunit;

namespace PerCall.EndToEnd;

public sealed class TenantTests(Service service)
{
    private const string Unknown = "pc_live_00000000000000aa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Call_WithoutAKey_SaysWhereOneGoes()
    {
        using var response = await service.Anonymous.GetAsync(new Uri("v1/models", UriKind.Relative), Cancellation);

        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.Single().Scheme);
        await Problems.AssertAsync(response, 401, "missing_key", null, "'x-api-key: <key>'");
    }

    [Fact]
    public async Task Call_WithAKeyThatDoesNotWork_IsAnsweredAlikeWhateverTheReason()
    {
        await service.Operator.CreateTenantAsync(new("refused", "Refused", "tests"), Cancellation);
        var revoked = await service.Operator.CreateKeyAsync(new("revoked"), "refused", Cancellation);
        await service.Operator.RevokeKeyAsync(revoked.Id, "refused", Cancellation);
        var expired = await service.Operator.CreateKeyAsync(new("expired"), "refused", Cancellation);
        await service.Operator.RotateKeyAsync(expired.Id, TimeSpan.Zero, "refused", Cancellation);
        var good = service.Key;
        var wrongSecret = good[..^1] + (good[^1] == 'a' ? 'b' : 'a');
        string[] keys = ["x", Unknown, wrongSecret, wrongSecret, revoked.Key, expired.Key, Service.OperatorKey, good.ToUpperInvariant(),
            new string('k', 4000)];

        var bodies = new List<string>();
        foreach (var key in keys)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "v1/models");
            request.Headers.TryAddWithoutValidation("x-api-key", key);
            request.Headers.TryAddWithoutValidation("x-request-id", "the-same");
            var started = Stopwatch.GetTimestamp();
            using var response = await service.Anonymous.SendAsync(request, Cancellation);

            Assert.True(
                Stopwatch.GetElapsedTime(started) >= TimeSpan.FromMilliseconds(100),
                $"{key[..1]}… was answered after {Stopwatch.GetElapsedTime(started)}.");
            Assert.Equal((HttpStatusCode.Unauthorized, "Bearer"), (response.StatusCode, response.Headers.WwwAuthenticate.Single().Scheme));
            Assert.DoesNotContain("auth", response.Headers.GetValues("Server-Timing").Single(), StringComparison.Ordinal);
            var body = (await response.Content.ReadFromJsonAsync<JsonObject>(Cancellation))!;
            body.Remove("traceId");
            bodies.Add(body.ToJsonString());
        }

        Assert.Contains("\"code\":\"invalid_key\"", Assert.Single(bodies.Distinct()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Authorization", "Bearer ")]
    [InlineData("api-key", "")]
    [InlineData("x-api-key", "")]
    public async Task Call_KeyInAnyOfItsHeaders_IsTaken(string header, string prefix)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "v1/models");
        request.Headers.TryAddWithoutValidation(header, prefix + service.Key);
        using var response = await service.Anonymous.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.StartsWith("auth;dur=", response.Headers.GetValues("Server-Timing").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_WithAKeyOfAnotherRole_IsRefused()
    {
        await service.Operator.CreateTenantAsync(new("roles", "Roles", "tests"), Cancellation);
        var caller = Client((await service.Operator.CreateKeyAsync(new("c"), "roles", Cancellation)).Key);
        var admin = Client((await service.Operator.CreateKeyAsync(new("a", ["admin"]), "roles", Cancellation)).Key);

        Assert.NotEmpty((await caller.ListModelsAsync(Cancellation)).Data);
        Assert.NotEmpty((await admin.ListModelsAsync(Cancellation)).Data);
        Assert.Equal((HttpStatusCode.Forbidden, "wrong_role"), await RefusalAsync(() => caller.ListKeysAsync(cancellation: Cancellation)));
        Assert.Equal(
            (HttpStatusCode.Forbidden, "wrong_role"), await RefusalAsync(() => admin.ClassifyTextAsync(["x"], "spam", 1, Cancellation)));
    }

    [Fact]
    public async Task Keys_OfATenant_AreMadeShownOnceRotatedAndRevokedByIt()
    {
        var key = await service.AddTenantAsync("own-keys", "tests");
        var tenant = Client(key);

        var made = await tenant.CreateKeyAsync(new("server", ["call"]), cancellation: Cancellation);
        Assert.NotEmpty((await Client(made.Key).ListModelsAsync(Cancellation)).Data);
        var rotated = await tenant.RotateKeyAsync(made.Id, TimeSpan.Zero, cancellation: Cancellation);
        Assert.Equal(
            (HttpStatusCode.Unauthorized, "invalid_key"), await RefusalAsync(() => Client(made.Key).ListModelsAsync(Cancellation)));
        Assert.NotEmpty((await Client(rotated.Key).ListModelsAsync(Cancellation)).Data);
        Assert.NotNull((await tenant.RevokeKeyAsync(rotated.Id, cancellation: Cancellation)).RevokedAt);
        Assert.Equal(
            (HttpStatusCode.Unauthorized, "invalid_key"), await RefusalAsync(() => Client(rotated.Key).ListModelsAsync(Cancellation)));

        Assert.Equal(3, (await tenant.ListKeysAsync(cancellation: Cancellation)).Data.Count);
        foreach (var path in new[] { "v1/keys", "manage/v1/tenants/own-keys/keys", "manage/v1/tenants/own-keys", "manage/v1/tenants",
            "manage/v1/audit?limit=1000" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Authorization = new("Bearer", path.StartsWith('v') ? key : Service.OperatorKey);
            using var response = await service.Anonymous.SendAsync(request, Cancellation);
            var text = await response.Content.ReadAsStringAsync(Cancellation);
            Assert.True(response.IsSuccessStatusCode, text);
            Assert.All([key, made.Key, rotated.Key], k => Assert.DoesNotContain(k[^32..], text, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Keys_OfAnotherTenant_AreNotThere()
    {
        var mine = Client(await service.AddTenantAsync("mine", "tests"));
        var other = await service.AddTenantAsync("other", "tests");
        var id = other.Split('_')[2];

        Assert.Equal(
            (HttpStatusCode.NotFound, "key_not_found"), await RefusalAsync(() => mine.RevokeKeyAsync(id, cancellation: Cancellation)));
        Assert.Equal(
            (HttpStatusCode.NotFound, "key_not_found"), await RefusalAsync(() => mine.RotateKeyAsync(id, cancellation: Cancellation)));
        Assert.Equal(
            (HttpStatusCode.NotFound, "key_not_found"),
            await RefusalAsync(() => mine.RevokeKeyAsync("0000000000000000", cancellation: Cancellation)));
        Assert.NotEmpty((await Client(other).ListModelsAsync(Cancellation)).Data);
    }

    [Fact]
    public async Task Tenant_SuspendedAndActiveAgain_IsFollowedAtOnce()
    {
        var client = Client(await service.AddTenantAsync("paused", "tests"));
        Assert.NotEmpty((await client.ListModelsAsync(Cancellation)).Data);

        await service.Operator.ChangeTenantAsync("paused", new(Status: "suspended"), Cancellation);
        Assert.Equal((HttpStatusCode.Forbidden, "tenant_suspended"), await RefusalAsync(() => client.ListModelsAsync(Cancellation)));

        await service.Operator.ChangeTenantAsync("paused", new(Status: "active"), Cancellation);
        Assert.NotEmpty((await client.ListModelsAsync(Cancellation)).Data);
    }

    [Fact]
    public async Task Tenant_Erased_IsGoneAndItsIdIsNotGivenAgain()
    {
        var made = await service.Operator.CreateTenantAsync(new("erased", "Erased", "tests"), Cancellation);

        var erased = await service.Operator.EraseTenantAsync("erased", Cancellation);

        Assert.Equal(("erased", made.Account, 0), (erased.Tenant, erased.Account, erased.Keys));
        // Backups of the tables contain it for 30 days. They may be removed three days late, and their blobs are retained for UndoDays.
        Assert.Equal(30 + 3 + 14, Math.Round((erased.RecoverableUntil!.Value - TimeProvider.System.GetUtcNow()).TotalDays));
        Assert.Equal(
            (HttpStatusCode.NotFound, "tenant_not_found"),
            await RefusalAsync(() => service.Operator.EraseTenantAsync("erased", Cancellation)));
        Assert.Equal(
            (HttpStatusCode.NotFound, "tenant_not_found"),
            await RefusalAsync(() => service.Operator.GetTenantAsync("erased", Cancellation)));
        Assert.Equal(
            (HttpStatusCode.Conflict, "tenant_exists"),
            await RefusalAsync(() => service.Operator.CreateTenantAsync(new("erased", "Anew", "tests"), Cancellation)));
    }

    [Theory]
    [InlineData(
        "PUT", "manage/v1/plans/faulty",
        """{"currency": "euro", "prices": [{"operation": "x", "model": "*", "unit": "image", "price": 1}]}""", 422, "plan_refused")]
    [InlineData("PUT", "manage/v1/plans/faulty", """{"currency": "EUR", "monthly_budget": 1.5, "prices": []}""", 400, "malformed_json")]
    [InlineData("GET", "manage/v1/plans/faulty", null, 404, "plan_not_found")]
    [InlineData("POST", "manage/v1/tenants", """{"id": "tests", "name": "Again", "plan": "tests"}""", 409, "tenant_exists")]
    [InlineData("POST", "manage/v1/tenants", """{"name": "None"}""", 400, "missing_plan")]
    [InlineData("POST", "manage/v1/tenants", "null", 400, "malformed_json")]
    [InlineData("GET", "manage/v1/tenants?limit=201", null, 400, "invalid_limit")]
    [InlineData("GET", "manage/v1/tenants?limit=-1", null, 400, "invalid_limit")]
    [InlineData("PATCH", "manage/v1/tenants/tests", """{"status": "gone"}""", 400, "invalid_status")]
    [InlineData("DELETE", "manage/v1/tenants/a%2Fb", null, 404, "tenant_not_found")]
    [InlineData("POST", "manage/v1/tenants/nobody/keys", """{"name": "k"}""", 404, "tenant_not_found")]
    [InlineData("POST", "manage/v1/tenants/tests/keys", """{"name": "k", "roles": ["owner"]}""", 400, "invalid_roles")]
    [InlineData("POST", "manage/v1/tenants/tests/keys", """{"name": "k", "roles": []}""", 400, "invalid_roles")]
    [InlineData(
        "POST", "manage/v1/tenants/tests/keys", """{"name": "k", "expires_at": "2020-01-01T00:00:00Z"}""", 400, "invalid_expires_at")]
    [InlineData("POST", "manage/v1/tenants/tests/keys/0000000000000000/rotate", """{"overlap_seconds": 2592001}""", 400, "invalid_overlap")]
    [InlineData("POST", "manage/v1/tenants/tests/keys/0000000000000000/rotate", "", 404, "key_not_found")]
    [InlineData("DELETE", "manage/v1/tenants/tests/keys/a%23b", null, 404, "key_not_found")]
    [InlineData("GET", "manage/v1/audit?after=x", null, 400, "invalid_after")]
    public async Task Manage_WrongRequest_IsRefused(string method, string path, string? body, int status, string code)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Authorization = new("Bearer", Service.OperatorKey);
        if (body is { Length: > 0 })
        {
            request.Content = new StringContent(body, new System.Net.Http.Headers.MediaTypeHeaderValue("application/json"));
        }

        using var response = await service.Anonymous.SendAsync(request, Cancellation);

        var problem = (await response.Content.ReadFromJsonAsync(WireJson.Default.Problem, Cancellation))!;
        Assert.Equal((status, code), ((int)response.StatusCode, problem.Code));
    }

    private PerCallClient Client(string key) => PerCallClient.Connect(service.Process.Address, key);

    private static async Task<(HttpStatusCode, string?)> RefusalAsync(Func<Task> call)
    {
        var refusal = await Assert.ThrowsAsync<PerCallException>(call);
        return (refusal.Status, refusal.Problem?.Code);
    }
}
