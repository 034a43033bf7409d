using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using PerCall.Client.Wire;
using PerCall.EndToEnd.Batches;
using PerCall.Testing;
using Xunit;

namespace PerCall.EndToEnd.Charging;

/// <summary>Every route that the host serves, with every kind of key that must not open it.</summary>
public sealed partial class RouteWalkTests(Service service)
{
    /// <summary>Whom each route is for. A route that is not here fails the test: somebody has to decide.</summary>
    private static readonly Dictionary<string, For> Routes = new(StringComparer.Ordinal)
    {
        ["GET /health/live"] = For.Everybody,
        ["HEAD /health/live"] = For.Everybody,
        ["GET /health/ready"] = For.Everybody,
        ["HEAD /health/ready"] = For.Everybody,
        ["GET /docs"] = For.Everybody,
        ["HEAD /docs"] = For.Everybody,
        ["GET /docs/scalar.js"] = For.Everybody,
        ["HEAD /docs/scalar.js"] = For.Everybody,
        ["GET /openapi/v1.json"] = For.Everybody,
        ["HEAD /openapi/v1.json"] = For.Everybody,
        ["GET /.well-known/security.txt"] = For.Everybody,
        ["HEAD /.well-known/security.txt"] = For.Everybody,
        // The address is the permission: ClosedStorageTests.
        ["PUT /transfers/{token}"] = For.Everybody,
        ["GET /transfers/{token}"] = For.Everybody,
        ["HEAD /transfers/{token}"] = For.Everybody,
        ["any method /{*path}"] = For.Everybody,
        ["GET /v2"] = For.Everybody,
        ["GET /v2/health/live"] = For.Everybody,
        ["GET /v2/health/ready"] = For.Everybody,
        ["GET /v2/models/{model}"] = For.AnyKey,
        ["GET /v2/models/{model}/ready"] = For.AnyKey,
        ["GET /v2/models/{model}/versions/{version}"] = For.AnyKey,
        ["GET /v2/models/{model}/versions/{version}/ready"] = For.AnyKey,
        ["POST /v2/models/{model}/infer"] = For.Calls,
        ["POST /v2/models/{model}/versions/{version}/infer"] = For.Calls,
        ["POST /models/{model}"] = For.Calls,
        ["POST /models/{model}/{version}"] = For.Calls,
        ["POST /models/{model}/pipeline/{task}"] = For.Calls,
        ["POST /models/{model}/{version}/pipeline/{task}"] = For.Calls,
        ["POST /models/{model}/v1/chat/completions"] = For.Calls,
        ["POST /pipeline/{task}/{model}"] = For.Calls,
        ["POST /pipeline/{task}/{model}/{version}"] = For.Calls,
        ["GET /v1/models"] = For.AnyKey,
        ["GET /v1/models/{name}"] = For.AnyKey,
        ["POST /v1/images/classify"] = For.Calls,
        ["POST /v1/text/classify"] = For.Calls,
        ["POST /v1/text/redact"] = For.Calls,
        ["POST /v1/predict"] = For.Calls,
        ["POST /v1/tables/predict"] = For.Calls,
        ["POST /v1/text/tokens"] = For.Calls,
        ["POST /v1/images/detect"] = For.Calls,
        ["POST /v1/images/segment"] = For.Calls,
        ["POST /v1/rerank"] = For.Calls,
        ["POST /v1/recommend"] = For.Calls,
        ["POST /v1/recommend/similar"] = For.Calls,
        ["POST /v1/recommend/rate"] = For.Calls,
        ["POST /v1/chat/completions"] = For.Calls,
        ["POST /v1/responses"] = For.Calls,
        ["POST /v1/embeddings"] = For.Calls,
        ["POST /v1/moderations"] = For.Calls,
        ["POST /v1/audio/transcriptions"] = For.Calls,
        ["POST /v1/predictions"] = For.Calls,
        ["GET /v1/predictions"] = For.Calls,
        ["GET /v1/predictions/{prediction}"] = For.Calls,
        ["POST /v1/predictions/{prediction}/cancel"] = For.Calls,
        ["POST /v1/uploads"] = For.Calls,
        ["POST /v1/files"] = For.Calls,
        ["GET /v1/files"] = For.Calls,
        ["GET /v1/files/{id}"] = For.Calls,
        ["DELETE /v1/files/{id}"] = For.Calls,
        ["GET /v1/files/{id}/content"] = For.Calls,
        ["POST /v1/batches/quote"] = For.Calls,
        ["POST /v1/batches"] = For.Calls,
        ["GET /v1/batches"] = For.Calls,
        ["GET /v1/batches/{id}"] = For.Calls,
        ["GET /v1/batches/{id}/events"] = For.Calls,
        ["POST /v1/batches/{id}/cancel"] = For.Calls,
        ["GET /v1/webhooks/secret"] = For.Admins,
        ["POST /v1/webhooks/secret/rotate"] = For.Admins,
        ["GET /v1/webhooks/deliveries"] = For.Admins,
        ["GET /v1/webhooks/deliveries/{delivery}"] = For.Admins,
        ["POST /v1/webhooks/deliveries/{delivery}/retry"] = For.Admins,
        ["GET /v1/webhooks/targets"] = For.Admins,
        ["POST /v1/webhooks/targets/{target}/enable"] = For.Admins,
        ["GET /v1/usage"] = For.Admins,
        ["GET /v1/keys"] = For.Admins,
        ["POST /v1/keys"] = For.Admins,
        ["POST /v1/keys/{key}/rotate"] = For.Admins,
        ["DELETE /v1/keys/{key}"] = For.Admins,
        ["POST /manage/v1/models"] = For.Managers,
        ["POST /manage/v1/models/uploads"] = For.Managers,
        ["GET /manage/v1/models/uploads/{id}/status"] = For.Readers,
        ["PUT /manage/v1/models/{name}/aliases/{alias}"] = For.Managers,
        ["DELETE /manage/v1/models/{name}/versions/{version}"] = For.Managers,
        ["GET /manage/v1/models"] = For.AnyOperator,
        ["GET /manage/v1/models/{name}"] = For.AnyOperator,
        ["GET /manage/v1/models/{name}/uses"] = For.AnyOperator,
        ["DELETE /manage/v1/models/{name}"] = For.Managers,
        ["DELETE /manage/v1/models/{name}/aliases/{alias}"] = For.Managers,
        ["GET /manage/v1/plans"] = For.AnyOperator,
        ["GET /manage/v1/plans/{plan}"] = For.AnyOperator,
        ["PUT /manage/v1/plans/{plan}"] = For.Money,
        ["DELETE /manage/v1/plans/{plan}"] = For.Money,
        ["GET /manage/v1/tenants"] = For.AnyOperator,
        ["POST /manage/v1/tenants"] = For.Managers,
        ["GET /manage/v1/tenants/{tenant}"] = For.AnyOperator,
        ["PATCH /manage/v1/tenants/{tenant}"] = For.Money,
        ["DELETE /manage/v1/tenants/{tenant}"] = For.Managers,
        ["GET /manage/v1/tenants/{tenant}/keys"] = For.Readers,
        ["POST /manage/v1/tenants/{tenant}/keys"] = For.Managers,
        ["POST /manage/v1/tenants/{tenant}/keys/{key}/rotate"] = For.Managers,
        ["DELETE /manage/v1/tenants/{tenant}/keys/{key}"] = For.Managers,
        ["GET /manage/v1/tenants/{tenant}/invoices/{month}"] = For.AnyOperator,
        ["GET /manage/v1/undecided-batches"] = For.AnyOperator,
        ["POST /manage/v1/tenants/{tenant}/batches/{batch}/settle"] = For.Money,
        ["GET /manage/v1/usage"] = For.AnyOperator,
        ["POST /manage/v1/usage/export"] = For.Money,
        ["GET /manage/v1/usage/exports/{file}"] = For.AnyOperator,
        ["GET /manage/v1/audit"] = For.Readers,
        ["GET /manage/v1/audit/verify"] = For.Readers,
        ["GET /manage/v1/operator-keys"] = For.Readers,
        ["GET /manage/v1/operator-keys/self"] = For.AnyOperator,
        ["POST /manage/v1/operator-keys"] = For.Managers,
        ["DELETE /manage/v1/operator-keys/{key}"] = For.Managers,
    };

    private enum For
    {
        Everybody,
        AnyKey,
        Calls,
        Admins,
        Managers,
        Readers,
        Money,
        AnyOperator,
    }

    /// <summary>The roles of operators' keys that open a route.</summary>
    private static readonly Dictionary<For, string[]> OperatorRoles = new()
    {
        [For.Managers] = ["manage"],
        [For.Readers] = ["manage", "read"],
        [For.Money] = ["manage", "money"],
        [For.AnyOperator] = ["manage", "money", "read"],
    };

    private string _prediction = "prd_1";
    private string _file = "file-1";
    private string _batch = "batch_1";
    private string _delivery = "evt_1";
    private string _target = "wht_1";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Routes_ThatTheHostServes_AreAllCovered() =>
        Assert.Equal(Served().Order(StringComparer.Ordinal), Routes.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public async Task Walk_EveryRoute_WithEveryKeyThatMustNotOpenIt_IsRefused()
    {
        using var own = await TestTenant.CreateAsync(service);
        using var other = await TestTenant.CreateAsync(service);
        var expiring = await service.Operator.CreateKeyAsync(
            new("expiring", ["call", "admin"], TimeProvider.System.GetUtcNow().AddSeconds(1)), own.Id, Cancellation);
        var revoked = await service.Operator.CreateKeyAsync(new("revoked", ["call", "admin"]), own.Id, Cancellation);
        await service.Operator.RevokeKeyAsync(revoked.Id, own.Id, Cancellation);
        var call = await service.Operator.CreateKeyAsync(new("call", ["call"]), own.Id, Cancellation);
        var admin = await service.Operator.CreateKeyAsync(new("admin", ["admin"]), own.Id, Cancellation);
        await Eventually.HoldsAsync(
            async () =>
                await StatusAsync("GET /v1/models", expiring.Key, own) == HttpStatusCode.Unauthorized, "the key expires", service.Process);
        (string Name, string? Key)[] never =
        [
            ("no key", null),
            ("malformed", "pc_live_"),
            ("of no form", "sk-0123456789"),
            ("wrong id", own.Key.Key.Replace(own.Key.Id, Turned(own.Key.Id), StringComparison.Ordinal)),
            ("wrong secret", own.Key.Key[..^4] + Turned(own.Key.Key[^4..])),
            ("revoked", revoked.Key),
            ("expired", expiring.Key),
            ("wrong operator's", "pc_admin_0123456789abcdef"),
            ("unknown operator's", $"pc_operator_{own.Key.Key["pc_live_".Length..]}"),
        ];
        await GiveAWebhookAsync(other);
        await GiveABatchAsync(other);
        var before = await ReadAsync(other);

        // Each refusal takes its whole tenth of a second.
        await Parallel.ForEachAsync(Routes.Where(r => r.Value != For.Everybody),
            new ParallelOptions { MaxDegreeOfParallelism = 12, CancellationToken = Cancellation }, async (entry, _) =>
        {
            var (route, group) = entry;
            foreach (var (name, key) in never)
            {
                Assert.True(await StatusAsync(route, key, other) == HttpStatusCode.Unauthorized, $"{route} with {name}");
            }

            if (OperatorRoles.ContainsKey(group))
            {
                Assert.True(await StatusAsync(route, own.Key.Key, other) == HttpStatusCode.Unauthorized, $"{route} with a tenant's key");
                Assert.True(
                    await StatusAsync(route, own.Key.Key, own) == HttpStatusCode.Unauthorized, $"{route} with the tenant's own key");
            }
            else
            {
                Assert.True(
                    await StatusAsync(route, Service.OperatorKey, other) == HttpStatusCode.Unauthorized,
                    $"{route} with the operator's key");
            }

            switch (group)
            {
                case For.Calls:
                    Assert.True(
                        await StatusAsync(route, admin.Key, own) == HttpStatusCode.Forbidden, $"{route} with a key for administration");
                    await AssertNothingOfAnotherAsync(route, own, other);
                    break;
                case For.Admins:
                    Assert.True(await StatusAsync(route, call.Key, own) == HttpStatusCode.Forbidden, $"{route} with a key for calls");
                    await AssertNothingOfAnotherAsync(route, own, other);
                    break;
                default:
                    break;
            }
        });

        Assert.Equal(before, await ReadAsync(other));
    }

    [Fact]
    public async Task Walk_EveryManagementRoute_WithEveryOperatorsRole_IsOpenToTheRolesOfTheTable()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        string[] roles = ["read", "money", "manage"];
        var keys = await Task.WhenAll(
            roles.Select(r => service.Operator.CreateOperatorKeyAsync(new($"{r} of the walk", [r]), Cancellation)));

        // A parameter that no route knows is refused after the key, and before the route does anything.
        var answers = await Task.WhenAll(
            from route in Routes.Where(r => OperatorRoles.ContainsKey(r.Value))
            from key in keys
            select AnswerAsync(route.Key, route.Value, key));

        Assert.Equal(Routes.Values.Count(OperatorRoles.ContainsKey) * roles.Length, answers.Length);
        Assert.Empty(answers.Where(a => a.Expected != a.Actual).Select(a => $"{a.Route} with {a.Role}: {a.Actual}, not {a.Expected}"));

        async Task<(string Route, string Role, string Expected, string Actual)> AnswerAsync(string route, For group, NewApiKey key)
        {
            var (_, body) = await SendAsync(route, key.Key, tenant, "?surprise=1");
            var code = JsonElement.Parse(body).GetProperty("code").GetString()!;
            var role = key.Roles.Single();
            return (route, role, OperatorRoles[group].Contains(role) ? "unknown_parameter" : "wrong_role", code);
        }
    }

    [Fact]
    public async Task Refusals_OfAllKeysThatAreWrong_AreTheSame()
    {
        using var own = await TestTenant.CreateAsync(service);
        var revoked = await service.Operator.CreateKeyAsync(new("revoked", ["call"]), own.Id, Cancellation);
        await service.Operator.RevokeKeyAsync(revoked.Id, own.Id, Cancellation);
        string[] wrong =
        [
            "nonsense",
            own.Key.Key.Replace(own.Key.Id, Turned(own.Key.Id), StringComparison.Ordinal),
            own.Key.Key[..^4] + Turned(own.Key.Key[^4..]),
            revoked.Key,
        ];
        var bodies = new HashSet<string>();
        foreach (var key in wrong)
        {
            var started = TimeProvider.System.GetTimestamp();
            var (status, body) = await SendAsync("GET /v1/models", key, own);
            Assert.Equal(HttpStatusCode.Unauthorized, status);
            Assert.True(TimeProvider.System.GetElapsedTime(started) >= TimeSpan.FromMilliseconds(99));
            bodies.Add(RequestsOwn().Replace(body, ""));
        }

        Assert.Single(bodies);
    }

    /// <summary>What is another tenant's is not there, and what is there is one's own.</summary>
    private async Task AssertNothingOfAnotherAsync(string route, TestTenant own, TestTenant other)
    {
        var (status, body) = await SendAsync(route, own.Key.Key, other);
        Assert.True(
            // Models are the same for all tenants.
            status == HttpStatusCode.NotFound || !route.Replace("{model}", "", StringComparison.Ordinal)
                .Replace("{version}", "", StringComparison.Ordinal).Replace("{task}", "", StringComparison.Ordinal)
                .Contains('{', StringComparison.Ordinal),
            $"{route} of another tenant: {status}");
        foreach (var name in new[] { other.Key.Id, _prediction, _delivery, _target, _file, _batch })
        {
            body = body.Replace($"'{name}'", "", StringComparison.Ordinal);
            Assert.DoesNotContain(name, body, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(other.Account, body, StringComparison.Ordinal);
    }

    /// <summary>A prediction, a delivery and a target that are there, and that others must not see.</summary>
    private async Task GiveAWebhookAsync(TestTenant tenant)
    {
        var request = new CreatePredictionRequest
        {
            Task = "text-classification",
            Model = "spam",
            Input = JsonElement.Parse("\"x\""),
            Webhook = "https://hooks.invalid/",
        };
        _prediction = (await tenant.Client.CreatePredictionAsync(request, TimeSpan.FromSeconds(60), cancellation: Cancellation)).Id;
        await Eventually.HoldsAsync(
            async () =>
                (await tenant.Client.ListWebhookDeliveriesAsync(cancellation: Cancellation)).Data.Any(d => d.AttemptCount > 0),
                "the webhook is tried", service.Process);
        _delivery = (await tenant.Client.ListWebhookDeliveriesAsync(cancellation: Cancellation)).Data.Single().Id;
        _target = (await tenant.Client.ListWebhookTargetsAsync(cancellation: Cancellation)).Data.Single().Id;
    }

    private async Task GiveABatchAsync(TestTenant tenant)
    {
        var batch = await tenant.Client.RunAsync("rows.jsonl", "{\"input\":\"x\"}\n", BatchCalls.Text, "spam");
        (_file, _batch) = (batch.InputFileId!, batch.Id);
    }

    /// <summary>What a tenant has: its keys, what it has used, and what signs its webhooks.</summary>
    private static async Task<string> ReadAsync(TestTenant tenant) =>
        string.Join(
            ',', (await tenant.Client.ListKeysAsync(cancellation: Cancellation)).Data.Select(k => $"{k.Id} {k.RevokedAt} {k.ExpiresAt}"))
        + (await tenant.UsedAsync(Cancellation)).Calls
        + string.Join(',', (await tenant.Client.GetWebhookSecretAsync(Cancellation)).Data)
        + string.Join(',', (await tenant.Client.ListPredictionsAsync(cancellation: Cancellation)).Data.Select(p => $"{p.Id} {p.Status}"))
        + string.Join(',', (await tenant.Client.ListFilesAsync(cancellation: Cancellation)).Data.Select(f => $"{f.Id} {f.Bytes}"))
        + string.Join(',', (await tenant.Client.ListBatchesAsync(cancellation: Cancellation)).Data.Select(b => $"{b.Id} {b.Status}"));

    private static string Turned(string hex) => string.Concat(hex.Select(c => c == '2' ? '3' : '2'));

    private IEnumerable<string> Served() => service.Process.Lines
        .Select(l => ServedRoute().Match(l))
        .Where(m => m.Success)
        .SelectMany(m => m.Groups["methods"].Value.Split(',').Select(method => $"{method} {m.Groups["route"].Value}"));

    private async Task<HttpStatusCode> StatusAsync(string route, string? key, TestTenant whose) =>
        (await SendAsync(route, key, whose)).Status;

    private async Task<(HttpStatusCode Status, string Body)> SendAsync(string route, string? key, TestTenant whose, string query = "")
    {
        var (method, template) = (route.Split(' ')[0], route[(route.LastIndexOf(' ') + 2)..]);
        var path = template
            .Replace("{tenant}", whose.Id, StringComparison.Ordinal)
            .Replace("{plan}", whose.Id, StringComparison.Ordinal)
            .Replace("{key}", whose.Key.Id, StringComparison.Ordinal)
            .Replace("{month}", "2026-01", StringComparison.Ordinal)
            .Replace("{name}", "digits", StringComparison.Ordinal)
            .Replace("{model}", "digits", StringComparison.Ordinal)
            .Replace("{version}", "1", StringComparison.Ordinal)
            .Replace("{task}", "image-classification", StringComparison.Ordinal)
            .Replace("{alias}", "production", StringComparison.Ordinal)
            .Replace("{prediction}", _prediction, StringComparison.Ordinal)
            .Replace("{delivery}", _delivery, StringComparison.Ordinal)
            .Replace("{target}", _target, StringComparison.Ordinal)
            .Replace("{id}", template.StartsWith("/v1/files", StringComparison.Ordinal) ? _file : _batch, StringComparison.Ordinal)
            .Replace("{file}", "00000001.jsonl", StringComparison.Ordinal);
        using var http = new HttpClient { BaseAddress = service.Http.BaseAddress };
        using var request = new HttpRequestMessage(new HttpMethod(method), path + query);
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        }

        if (method is "POST" or "PUT" or "PATCH")
        {
            request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
        }

        using var response = await http.SendAsync(request, Cancellation);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }

    [GeneratedRegex(@"(?<methods>any method|[A-Z]+(,[A-Z]+)*) (?<route>/\S*)$")]
    private static partial Regex ServedRoute();

    /// <summary>What tells one request from another in a problem.</summary>
    [GeneratedRegex("\"(instance|traceId)\":\"[^\"]*\",?")]
    private static partial Regex RequestsOwn();
}
