using Azure;
using Azure.Data.Tables;
using PerCall.Functions.Operators;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;
using PerCall.Functions.Tests.Tenancy;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Operators;

public sealed class OperatorBookTests(AzuriteFixture azurite)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Revoke_ByAnotherInstance_TakesEffectWhenKeysAreReadAgain()
    {
        // 30 seconds are documented. The query of the keys takes a part of them.
        Assert.True(OperatorDirectory.MaxAge < TimeSpan.FromSeconds(30));
        var time = new WatchedTime();
        var beds = await OperatorBed.StartAsync(azurite, time, instances: 2);
        var key = await beds[0].CreateAsync("money");
        Assert.Matches("^pc_operator_[0-9a-f]{16}_[a-z2-7]{32}$", key.Key);
        foreach (var bed in beds)
        {
            Assert.Equal(new Operator(key.Id, "a name", OperatorRoles.Money), await bed.FindAsync(key.Key));
        }

        var revoked = await beds[0].Book.RevokeAsync(key.Id, Instance.Operator, Cancellation);

        Assert.Null(await beds[0].FindAsync(key.Key));
        Assert.NotNull(await beds[1].FindAsync(key.Key));
        time.Advance(OperatorDirectory.MaxAge);
        Assert.Null(await beds[1].FindAsync(key.Key));
        Assert.Equal(revoked.RevokedAt, (await beds[1].Book.RevokeAsync(key.Id, Instance.Operator, Cancellation)).RevokedAt);
        var acts = await beds[1].AuditAsync();
        Assert.Equal(
            [$"operator.create operator/{key.Id}", $"operator.revoke operator/{key.Id}"], acts.Select(a => $"{a.Action} {a.Subject}"));
        Assert.DoesNotContain(acts, a => a.ToString().Contains("a name", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Find_WhileAnotherCallsQueryRuns_DoesNotUseWhatTheQueryReadBeforeAChange()
    {
        var bed = (await OperatorBed.StartAsync(azurite, new(), instances: 1))[0];
        var first = await bed.CreateAsync("read");
        var requestsBefore = bed.Instance.Faults.Requests;
        using var held = bed.Instance.Faults.Hold(r => !r.IsWrite);
        var early = bed.FindAsync(first.Key).AsTask();
        await held.Reached;
        bed.Directory.Forget();
        var late = bed.FindAsync(first.Key).AsTask();
        held.Release();

        Assert.NotNull(await early);
        Assert.NotNull(await late);
        // Two queries: the second call did not wait for the first.
        Assert.Equal(requestsBefore + 2, bed.Instance.Faults.Requests);
    }

    [Fact]
    public async Task Find_WrongKeys_CostOneQueryAtMostEachTenSeconds()
    {
        var time = new WatchedTime();
        var bed = (await OperatorBed.StartAsync(azurite, time, instances: 1))[0];
        var key = await bed.CreateAsync("manage");
        var requests = bed.Instance.Faults.Requests;

        for (var i = 0; i < 1000; i++)
        {
            Assert.Null(await bed.FindAsync(KeyText.New(KeyText.Operator).Reveal()));
            Assert.Null(await bed.FindAsync(KeyText.New().Reveal()));
        }

        Assert.Null(await bed.FindAsync(key.Key[..^1] + (key.Key[^1] == 'a' ? 'b' : 'a')));
        Assert.NotNull(await bed.FindAsync(key.Key));
        Assert.Equal(requests + 1, bed.Instance.Faults.Requests);
    }

    [Fact]
    public async Task Create_ExpiryAndLimit_AreKept()
    {
        var time = new WatchedTime();
        var bed = (await OperatorBed.StartAsync(azurite, time, instances: 1))[0];
        await Refuses("invalid_roles", "call", null);
        await Refuses("invalid_expires_at", "read", time.GetUtcNow());
        var key = await bed.CreateAsync("read", time.GetUtcNow().AddHours(1));
        Assert.NotNull(await bed.FindAsync(key.Key));
        var rows = Enumerable.Range(0, OperatorBook.MaxLiveKeys)
            .Select(i => new OperatorRow { RowKey = $"{i:x16}", Name = "limit", CreatedAt = time.GetUtcNow() })
            .ToList();
        await SubmitAsync(TableTransactionActionType.UpsertReplace);
        await Refuses("too_many_keys", "read", null);
        await SubmitAsync(TableTransactionActionType.Delete);

        time.Advance(TimeSpan.FromHours(1));
        Assert.Null(await bed.FindAsync(key.Key));
        await bed.CreateAsync("read");
        Assert.False((await bed.Table.FindAsync(key.Id, Cancellation))!.Live);

        Task SubmitAsync(TableTransactionActionType type) => bed.Instance.Tables.GetTableClient(OperatorTable.Name).SubmitTransactionAsync(
            rows.Select(r => new TableTransactionAction(type, r, ETag.All)), Cancellation);

        async Task Refuses(string code, string role, DateTimeOffset? expires) =>
            Assert.Equal(code, (await Assert.ThrowsAsync<RefusedException>(() => bed.CreateAsync(role, expires))).Code);
    }
}
