using Azure.Data.Tables;
using PerCall.Client.Wire;
using PerCall.Functions.Requests;
using PerCall.Functions.Tenancy;
using PerCall.Functions.Tenancy.Keys;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Tenancy;

public sealed class KeyBookTests(AzuriteFixture azurite)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Create_Key_OpensAndIsStoredNowhere()
    {
        var bed = await TenancyBed.CreateAsync(azurite);
        var instance = bed.Start();
        var tenant = await instance.AddTenantAsync();

        var made = await instance.AddKeyAsync(tenant, "call", "admin");

        Assert.Matches("^pc_live_[0-9a-f]{16}_[a-z2-7]{32}$", made.Key);
        var caller = await instance.Callers.FindAsync(made.Key, Cancellation);
        Assert.Equal(
            (tenant.RowKey, tenant.Account, made.Id, KeyRoles.Call | KeyRoles.Admin),
            (caller!.Tenant, caller.Account, caller.Key, caller.Roles));
        var secret = made.Key[^32..];
        var rows = await instance.Tables.GetTableClient(KeyTable.Name).QueryAsync<TableEntity>(
            cancellationToken: Cancellation).ToListAsync(Cancellation);
        Assert.Contains(rows, r => r.PartitionKey == made.Id);
        Assert.DoesNotContain(
            rows.SelectMany(r => r.Select(p => p.Value)), v =>
                (v is byte[] bytes ? System.Text.Encoding.ASCII.GetString(bytes) : v?.ToString())?.Contains(
                    secret, StringComparison.Ordinal) == true);
        var records = await instance.Audit.Stored.ReadAsync(0, Cancellation).ToListAsync(Cancellation);
        Assert.DoesNotContain(records, r => r.ToString().Contains(secret, StringComparison.Ordinal));
        var listed = await instance.Keys.ListAsync(tenant, new Page(50, null), Cancellation);
        Assert.Equal([made.Id], listed.Data.Select(k => k.Id));
        Assert.Equal(typeof(ApiKey), listed.Data[0].GetType());
    }

    [Fact]
    public async Task Rotate_Key_BothOpenForTheOverlapAndThenTheNewOne()
    {
        var bed = await TenancyBed.CreateAsync(azurite);
        var instance = bed.Start();
        var old = await instance.AddKeyAsync(await instance.AddTenantAsync(), "call", "admin");
        var tenant = await instance.Tenants.GetAsync((await instance.Callers.FindAsync(old.Key, Cancellation))!.Tenant, Cancellation);

        var made = await instance.Keys.RotateAsync(tenant, old.Id, new(3600), Instance.Operator, Cancellation);

        Assert.Equal((old.Name, string.Join(',', old.Roles), null), (made.Name, string.Join(',', made.Roles), made.ExpiresAt));
        bed.Time.Advance(TimeSpan.FromSeconds(3599));
        Assert.NotNull(await instance.Callers.FindAsync(old.Key, Cancellation));
        Assert.NotNull(await instance.Callers.FindAsync(made.Key, Cancellation));
        // Nothing is read anew here: the end of a remembered key is looked at in each call.
        bed.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await instance.Callers.FindAsync(old.Key, Cancellation));
        Assert.NotNull(await instance.Callers.FindAsync(made.Key, Cancellation));
        var refusal = await Assert.ThrowsAsync<RefusedException>(
            () => instance.Keys.RotateAsync(tenant, old.Id, new(), Instance.Operator, Cancellation));
        Assert.Equal((409, "key_not_live"), (refusal.Status, refusal.Code));
    }

    [Fact]
    public async Task Rotate_KeyThatEnds_NewOneLivesAsLongAndTheOldOneNoLonger()
    {
        var bed = await TenancyBed.CreateAsync(azurite);
        var instance = bed.Start();
        var tenant = await instance.AddTenantAsync();
        var old = await instance.Keys.CreateAsync(
            tenant, new("short", null, bed.Time.GetUtcNow().AddHours(2)), Instance.Operator, Cancellation);
        bed.Time.Advance(TimeSpan.FromHours(1));

        var made = await instance.Keys.RotateAsync(tenant, old.Id, new(), Instance.Operator, Cancellation);

        Assert.Equal(bed.Time.GetUtcNow().AddHours(2), made.ExpiresAt);
        bed.Time.Advance(TimeSpan.FromHours(1));
        Assert.Null(await instance.Callers.FindAsync(old.Key, Cancellation));
        Assert.NotNull(await instance.Callers.FindAsync(made.Key, Cancellation));
    }

    [Fact]
    public async Task Rotate_KilledBetweenAnyTwoWrites_OldKeyWorksOnAndRotationCanBeAskedForAgain()
    {
        var bed = await TenancyBed.CreateAsync(azurite);
        var tenant = await bed.Start().AddTenantAsync();
        for (var writes = 0; ; writes++)
        {
            var old = await bed.Start().AddKeyAsync(tenant);
            var dying = bed.Start();
            dying.Faults.DieAt(writes + 1, isSent: false);
            if (!await dying.Faults.KillsAsync(() => dying.Keys.RotateAsync(tenant, old.Id, new(0), Instance.Operator, Cancellation)))
            {
                Assert.True(writes >= 4, $"It was done in {writes} writes.");
                break;
            }

            var next = bed.Start();
            // Whatever was written, either the old key works or the old one has ended and another is there.
            if (await next.Callers.FindAsync(old.Key, Cancellation) is null)
            {
                Assert.Contains(
                    (await next.Keys.ListAsync(tenant, new Page(200, null), Cancellation)).Data, k =>
                        k.Id != old.Id && k.ExpiresAt is null);
                continue;
            }

            var made = await next.Keys.RotateAsync(tenant, old.Id, new(0), Instance.Operator, Cancellation);
            Assert.NotNull(await next.Callers.FindAsync(made.Key, Cancellation));
            Assert.Null(await next.Callers.FindAsync(old.Key, Cancellation));
        }
    }

    [Fact]
    public async Task AnyAct_OnAnotherTenantsKey_IsAsIfThereWereNone()
    {
        var bed = await TenancyBed.CreateAsync(azurite);
        var instance = bed.Start();
        var (mine, other) = (await instance.AddTenantAsync(), await instance.AddTenantAsync());
        var key = await instance.AddKeyAsync(other);

        foreach (var act in new Func<string, Task>[]
        {
            id => instance.Keys.RevokeAsync(mine, id, Instance.Operator, Cancellation),
            id => instance.Keys.RotateAsync(mine, id, new(), Instance.Operator, Cancellation),
        })
        {
            var others = await Assert.ThrowsAsync<RefusedException>(() => act(key.Id));
            var nobodys = await Assert.ThrowsAsync<RefusedException>(() => act("0123456789abcdef"));
            Assert.Equal(
                (nobodys.Status, nobodys.Code, nobodys.Message.Replace("0123456789abcdef", key.Id, StringComparison.Ordinal)),
                (others.Status, others.Code, others.Message));
            Assert.Equal(404, others.Status);
        }

        Assert.NotNull(await instance.Callers.FindAsync(key.Key, Cancellation));
    }

    [Fact]
    public async Task Create_MoreThanAreAllowed_IsRefusedUntilOneIsRevoked()
    {
        var bed = await TenancyBed.CreateAsync(azurite);
        var instance = bed.Start();
        var tenant = await instance.AddTenantAsync();
        var made = new List<NewApiKey>();
        for (var i = 0; i < KeyBook.MaxLiveKeys; i++)
        {
            made.Add(await instance.Keys.CreateForAsync(tenant, "many", KeyRoles.Call, TimeSpan.FromHours(1), Instance.Operator));
        }

        Assert.Equal("too_many_keys", (await Assert.ThrowsAsync<RefusedException>(() => instance.AddKeyAsync(tenant))).Code);
        await instance.Keys.RevokeAsync(tenant, made[0].Id, Instance.Operator, Cancellation);
        await instance.AddKeyAsync(tenant);

        var (first, second) = (await instance.Keys.ListAsync(tenant, new Page(60, null), Cancellation), default(ApiKeyList));
        second = await instance.Keys.ListAsync(tenant, new Page(60, first.Data[^1].Id), Cancellation);
        Assert.Equal((60, true, 41, false), (first.Data.Count, first.HasMore, second.Data.Count, second.HasMore));
        Assert.NotNull(first.Data.Concat(second.Data).Single(k => k.Id == made[0].Id).RevokedAt);
    }

    [Theory]
    [InlineData("pc_live_0123456789abcdef_abcdefghijklmnopqrstuvwxyz234567", true)]
    [InlineData("pc_live_0123456789abcdef_abcdefghijklmnopqrstuvwxyz234567\n", false)]
    [InlineData("pc_live_0123456789abcdeF_abcdefghijklmnopqrstuvwxyz234567", false)]
    [InlineData("pc_live_0123456789abcdef_abcdefghijklmnopqrstuvwxyz23456", false)]
    [InlineData("pc_test_0123456789abcdef_abcdefghijklmnopqrstuvwxyz234567", false)]
    [InlineData("", false)]
    public void Parse_Text_TakesKeysAlone(string text, bool fit) => Assert.Equal(fit ? text : null, KeyText.Parse(text)?.Reveal());
}
