using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Azure.Data.Tables;
using PerCall.Client;
using PerCall.Client.Wire;
using PerCall.Testing;
using Xunit;

namespace PerCall.EndToEnd;

/// <summary>Operators' keys as their holders meet them: the two of a rotation, and named ones with roles.</summary>
public sealed partial class OperatorTests(Service service)
{
    private const string NewKey = "pc_admin_the-next-one-0123456789";
    private const string Reference = "@Microsoft.KeyVault(SecretUri=https://kvpercall.vault.azure.net/secrets/operator-key-previous/)";
    private const string Guesser = "203.0.113.77";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Processes", "several")]
    public async Task Rotation_StepByStep_BothKeysOpenAndThenTheOldOneIsRefused()
    {
        var plan = $"rotation-{Guid.NewGuid():n}"[..30];
        NewApiKey reader;
        await using (var during = await service.StartAnotherAsync(
            ("PERCALL_ADMIN_KEY", NewKey), ("PERCALL_ADMIN_KEY_PREVIOUS", Service.OperatorKey), ("PerCall__Clients__Proxies", "1")))
        {
            var (current, previous) = (
                PerCallClient.Connect(during.Address, NewKey), PerCallClient.Connect(during.Address, Service.OperatorKey));
            Assert.Null((await current.GetOperatorAsync(Cancellation)).Previous);
            Assert.True((await previous.GetOperatorAsync(Cancellation)).Previous);
            Assert.Equal((0, "accepted\n"), await CheckAsync(during.Address, NewKey, "accepted"));
            Assert.Equal((0, "accepted\n"), await CheckAsync(during.Address, Service.OperatorKey, "accepted"));
            Assert.Equal((1, "not refused: 200\n"), await CheckAsync(during.Address, Service.OperatorKey, "refused"));
            await previous.PutPlanAsync(plan, new() { Currency = "EUR", Prices = [new("*", "*", "image", 1)] }, Cancellation);
            await current.DeletePlanAsync(plan, Cancellation);

            reader = await current.CreateOperatorKeyAsync(new("reads", ["read"]), Cancellation);
            await TryAsync(during.Address, HttpMethod.Post, "tenants", reader.Key, 403);
            for (var i = 0; i < 3; i++)
            {
                await TryAsync(during.Address, HttpMethod.Get, "plans", "pc_admin_a-guess-of-somebody", 401);
            }
        }

        await using var after = await service.StartAnotherAsync(("PERCALL_ADMIN_KEY", NewKey), ("PERCALL_ADMIN_KEY_PREVIOUS", Reference));
        Assert.Equal((0, "accepted\n"), await CheckAsync(after.Address, NewKey, "accepted"));
        Assert.Equal((0, "refused\n"), await CheckAsync(after.Address, Service.OperatorKey, "refused"));
        Assert.Equal((1, "not accepted: 401\n"), await CheckAsync(after.Address, Service.OperatorKey, "accepted"));
        await TryAsync(after.Address, HttpMethod.Get, "plans", Reference, 401);
        await after.WaitForLineAsync(
            l => l.Contains("PERCALL_ADMIN_KEY_PREVIOUS is an unresolved Key Vault reference and is ignored", StringComparison.Ordinal));

        var audit = await AuditAsync();
        Assert.Equal(
            ["operator:previous plan.put", "operator plan.delete"],
            audit.Where(r => r.Subject == $"plan/{plan}").Select(r => $"{r.Actor} {r.Action}"));
        // An instance that stops writes what it has counted.
        var guesses = audit.Where(r => r.Subject == $"address/{Guesser}").ToList();
        Assert.All(guesses, r => Assert.Equal(("unknown", "operator.refuse"), (r.Actor, r.Action)));
        Assert.Equal(3, guesses.Sum(r => int.Parse(r.After!["count"], CultureInfo.InvariantCulture)));
        Assert.Single(
            audit,
            r => (r.Actor, r.Action, r.Subject) == ($"operator:{reader.Id}", "operator.deny", "route/POST /manage/v1/tenants"));
    }

    [Fact]
    public async Task NamedKey_FromCreationToRevocation_ActsWithinItsRoleAndUnderItsOwnName()
    {
        var made = await service.Operator.CreateOperatorKeyAsync(new("the accountant", ["money"]), Cancellation);
        var money = PerCallClient.Connect(service.Process.Address, made.Key);
        var plan = $"money-{Guid.NewGuid():n}"[..30];

        var self = await money.GetOperatorAsync(Cancellation);
        Assert.Equal(("the accountant", made.Id), (self.Name, self.Id));
        await money.PutPlanAsync(plan, new() { Currency = "EUR", Prices = [new("*", "*", "image", 1)] }, Cancellation);
        Assert.NotNull(await money.GetInvoiceAsync("tests", new DateOnly(2026, 1, 1), cancellation: Cancellation));
        using (var refused = await SendAsync(service.Process.Address, HttpMethod.Delete, "tenants/nobody", made.Key))
        {
            // A page in a browser gets the same headers as with any other answer, and a sentence to show.
            Assert.Equal("no-store", refused.Headers.CacheControl?.ToString());
            Assert.Equal("nosniff", refused.Headers.GetValues("X-Content-Type-Options").Single());
            await Problems.AssertAsync(
                refused, 403, "wrong_role", null, "This call needs a key with the role manage; this key has money.");
        }

        await service.Operator.RevokeOperatorKeyAsync(made.Id, Cancellation);
        var gone = await Assert.ThrowsAsync<PerCallException>(() => money.GetOperatorAsync(Cancellation));
        Assert.Equal((HttpStatusCode.Unauthorized, "wrong_key"), (gone.Status, gone.Problem?.Code));
        await service.Operator.DeletePlanAsync(plan, Cancellation);

        var listed = Assert.Single(await ListAsync(), k => k.Id == made.Id);
        Assert.Equal(("the accountant", "money"), (listed.Name, listed.Roles.Single()));
        Assert.NotNull(listed.RevokedAt);
        var row = (await new TableServiceClient(service.Azurite.KeptConnectionString).GetTableClient("operators")
            .GetEntityAsync<TableEntity>("operator", made.Id, cancellationToken: Cancellation)).Value;
        var secret = made.Key.Split('_')[^1];
        Assert.DoesNotContain(row.Select(p => p.Value), v => v is string text && text.Contains(secret, StringComparison.Ordinal));
        var audit = await AuditAsync();
        Assert.Equal(
            ["operator operator.create", "operator operator.revoke"],
            audit.Where(r => r.Subject == $"operator/{made.Id}").Select(r => $"{r.Actor} {r.Action}"));
        Assert.Equal(
            [$"operator:{made.Id} plan.put", "operator plan.delete"],
            audit.Where(r => r.Subject == $"plan/{plan}").Select(r => $"{r.Actor} {r.Action}"));
    }

    /// <summary>The check of the operations handbook, as it stands there.</summary>
    private static async Task<(int Code, string Output)> CheckAsync(Uri address, string key, string expected)
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "operations.md"), Cancellation);
        var script = $"{Check().Match(page).Value}\ncheck \"$1\" \"$2\"";
        var start = new ProcessStartInfo("sh", ["-c", script, "sh", key, expected])
        {
            Environment = { ["PERCALL"] = address.ToString().TrimEnd('/') },
        };
        var run = await Processes.RunAsync(start, Cancellation);
        return (run.Code, run.Output);
    }

    private static async Task TryAsync(Uri address, HttpMethod method, string path, string key, int status)
    {
        using var answer = await SendAsync(address, method, path, key);
        Assert.Equal(status, (int)answer.StatusCode);
    }

    private static async Task<HttpResponseMessage> SendAsync(Uri address, HttpMethod method, string path, string key)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(method, new Uri(address, $"manage/v1/{path}"));
        request.Headers.TryAddWithoutValidation("x-api-key", key);
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", Guesser);
        return await http.SendAsync(request, Cancellation);
    }

    private async Task<List<ApiKey>> ListAsync()
    {
        var keys = new List<ApiKey>();
        ApiKeyList page;
        do
        {
            page = await service.Operator.ListOperatorKeysAsync(keys.LastOrDefault()?.Id, limit: 3, Cancellation);
            keys.AddRange(page.Data);
        }
        while (page.HasMore);

        return keys;
    }

    private async Task<List<AuditRecord>> AuditAsync()
    {
        var records = new List<AuditRecord>();
        AuditPage page;
        do
        {
            page = await service.Operator.ListAuditAsync(records.Count, cancellation: Cancellation);
            records.AddRange(page.Data);
        }
        while (page.HasMore);

        return records;
    }

    [GeneratedRegex(@"^check\(\) \{.*?^\}", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Check();
}
