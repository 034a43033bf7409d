using System.Net;
using System.Text.Json;
using PerCall.Client;
using PerCall.Client.Wire;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.EndToEnd;

public sealed class AuditTests(Service service)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Audit_ActsOfManagement_AreAllRecordedAndChained()
    {
        using var zip = new MemoryStream(
            PackageBuilder.FromFolder(Path.Combine(Repository.Models, "digits", "1")).With("name", "audited").Zip());
        await service.Operator.PublishModelAsync(zip, Cancellation);
        await service.Operator.SetAliasAsync("audited", "canary", "1", Cancellation);
        await Assert.ThrowsAsync<PerCallException>(() => service.Operator.DeleteVersionAsync("audited", "1", Cancellation));
        var key = await service.AddTenantAsync("audited", "tests");
        var own = await PerCallClient.Connect(service.Process.Address, key).CreateKeyAsync(new("own"), cancellation: Cancellation);

        var records = new List<AuditRecord>();
        AuditPage page;
        do
        {
            page = await service.Operator.ListAuditAsync(records.Count, limit: 7, Cancellation);
            records.AddRange(page.Data);
        }
        while (page.HasMore);

        var acts = records.Where(r => r.Subject.Contains("audited", StringComparison.Ordinal)).Select(r => $"{r.Action} {r.Subject}");
        Assert.Equal(
            ["model.publish model/audited/1", "model.alias model/audited/canary", "model.delete model/audited/1", "model.delete.failed model/audited/1", "tenant.create tenant/audited"], acts);
        var byTenant = Assert.Single(records, r => r.Subject == $"key/{own.Id}");
        Assert.Equal(("key.create", key.Split('_')[2]), (byTenant.Action, byTenant.Actor));
        Assert.True(AuditChain.Verify(records).Ok);
        var verified = await service.Operator.VerifyAuditAsync(Cancellation);
        Assert.True(verified.Ok && verified.Records >= records.Count);
    }

    [Fact]
    public async Task Command_IntactLog_PrintsTheLastHashAndAcceptsIt()
    {
        var (code, output, error) = await RunAsync(service.Process.Address, Service.OperatorKey);
        Assert.True(code == 0, error);
        Assert.Matches("^[0-9]+ records, intact, up to [0-9]+:[0-9a-f]{64}\n$", output);

        await service.Operator.PutPlanAsync("command", new() { Currency = "EUR", Prices = [new("*", "*", "image", 1)] }, Cancellation);
        Assert.Equal(0, (await RunAsync(service.Process.Address, Service.OperatorKey, "--expect", output.Trim().Split(' ')[^1])).Code);
        Assert.Contains("must begin with http", (await RunAsync(new Uri("ftp://localhost"), "key")).Error, StringComparison.Ordinal);
        var other = await RunAsync(service.Process.Address, Service.OperatorKey, "--expect", $"1:{new string('0', 64)}");
        Assert.Equal(1, other.Code);
        Assert.Contains("is not among", other.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync(service.Process.Address, "a-wrong-key")).Code);
    }

    [Fact]
    public async Task Command_BrokenChain_ExitsWith1AndNamesTheRecord()
    {
        var (first, prev) = (Record(1, AuditChain.Start), "");
        prev = first.Hash;
        var second = Record(2, prev) with { Actor = "nobody" };
        var page = JsonSerializer.SerializeToUtf8Bytes(
            new AuditPage([first, second, Record(3, second.Hash)], HasMore: false), WireJson.Default.AuditPage);
        using var ports = new ReservedPorts();
        using var server = new HttpListener();
        var address = $"http://127.0.0.1:{ports.First}/";
        server.Prefixes.Add(address);
        server.Start();
        var answering = Task.Run(async () =>
        {
            var context = await server.GetContextAsync();
            context.Response.ContentType = "application/json";
            await context.Response.OutputStream.WriteAsync(page);
            context.Response.Close();
        }, Cancellation);

        var (code, _, error) = await RunAsync(new Uri(address), "key");

        Assert.Equal((1, "broken at record 2 of 3: The record's hash does not match its content.\n"), (code, error));
        await answering;
    }

    private static AuditRecord Record(long seq, string prev) =>
        AuditChain.Seal(
            new()
            {
                Seq = seq,
                Time = DateTimeOffset.UnixEpoch.AddDays(seq),
                Actor = "operator",
                Action = "thing.do",
                Subject = "thing/a",
                Prev = prev,
                Hash = ""
            });

    private static Task<CommandResult> RunAsync(Uri address, string key, params string[] further) =>
        PerCallCommand.RunAsync(
            ("PERCALL_ADMIN_KEY", key), ["audit", "verify", "--address", address.ToString(), .. further], Cancellation);
}
