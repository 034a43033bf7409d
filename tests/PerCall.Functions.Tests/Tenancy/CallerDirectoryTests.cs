using PerCall.Client.Wire;
using PerCall.Functions.Requests;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Tenancy;

public sealed class CallerDirectoryTests(AzuriteFixture azurite)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Find_WhatIsNoKey_IsNobody()
    {
        var bed = await TenancyBed.CreateAsync(azurite);
        var instance = bed.Start();
        var key = (await instance.AddKeyAsync(await instance.AddTenantAsync())).Key;
        var wrongSecret = key[..^1] + (key[^1] == 'a' ? 'b' : 'a');

        foreach (var text in new[] { wrongSecret, $"pc_live_0123456789abcdef{key[24..]}", key + " ", "", "Bearer", new string('x', 100_000),
            key.ToUpperInvariant() })
        {
            Assert.Null(await instance.Callers.FindAsync(text, Cancellation));
        }

        Assert.NotNull(await instance.Callers.FindAsync(key, Cancellation));
    }

    [Theory]
    [InlineData("revoke")]
    [InlineData("suspend")]
    [InlineData("erase")]
    public async Task Find_KeyThatAnotherInstanceStopped_StopsWithin30Seconds(string how)
    {
        var bed = await TenancyBed.CreateAsync(azurite);
        var (here, there) = (bed.Start(), bed.Start());
        var tenant = await there.AddTenantAsync();
        var key = await there.AddKeyAsync(tenant);
        Assert.True(await OpensAsync(here, key));
        // The instance that makes the change itself remembers the key too; an erasure below is yet another's.
        Assert.True(how == "erase" || await OpensAsync(there, key));

        await (how switch
        {
            "revoke" => there.Keys.RevokeAsync(tenant, key.Id, Instance.Operator, Cancellation),
            "suspend" => (Task)there.Tenants.ChangeAsync(tenant.RowKey, new(Status: "suspended"), Instance.Operator, Cancellation),
            _ => EraseAsync(azurite, bed, tenant.RowKey),
        });
        Assert.False(await OpensAsync(there, key));

        // Nobody has called since; the other instance remembers.
        Assert.True(await OpensAsync(here, key));
        var seconds = 0;
        for (; await OpensAsync(here, key); seconds++)
        {
            Assert.True(seconds < 30, "It still opens.");
            bed.Time.Advance(Second);
        }

        Assert.InRange(seconds, 1, 20);
    }

    [Fact]
    public async Task Find_BusyKey_NeverWaitsAgainAndFollowsChanges()
    {
        var bed = await TenancyBed.CreateAsync(azurite);
        var (here, there) = (bed.Start(), bed.Start());
        var tenant = await there.AddTenantAsync();
        var key = await there.AddKeyAsync(tenant);
        await here.Callers.FindAsync(key.Key, Cancellation);
        await there.Plans.PutAsync(tenant.Plan, Instance.Plan(image: 2000), Instance.Operator, Cancellation);

        // Two minutes, a call every two seconds.
        for (var i = 0; i < 60; i++)
        {
            bed.Time.Advance(2 * Second);
            var call = here.Callers.FindAsync(key.Key, Cancellation);
            Assert.True(call.IsCompletedSuccessfully, $"Call {i} waits.");
            var caller = await call;
            if (i >= 15)
            {
                Assert.Equal((2, 2000L), (caller!.Terms.Version, caller.Terms.Prices[0].Micros));
            }

            await SettledAsync(here);
        }

        // Key, tenant and plan: once at first, and every eight seconds.
        Assert.Equal(3 * (1 + 15), here.Faults.Requests);
    }

    [Fact]
    public async Task Find_ManyFirstCalls_ReadOnce()
    {
        var bed = await TenancyBed.CreateAsync(azurite);
        var (here, there) = (bed.Start(), bed.Start());
        var key = await there.AddKeyAsync(await there.AddTenantAsync());

        var callers = await Task.WhenAll(
            Enumerable.Range(0, 50).Select(_ => Task.Run(() => here.Callers.FindAsync(key.Key, Cancellation).AsTask())));

        Assert.All(callers, Assert.NotNull);
        Assert.Equal(3, here.Faults.Requests);
    }

    [Fact]
    public async Task Find_WrongKeyAgain_IsNotReadAgainAtOnce()
    {
        var bed = await TenancyBed.CreateAsync(azurite);
        var instance = bed.Start();
        const string key = "pc_live_00000000000000aa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

        await instance.Callers.FindAsync(key, Cancellation);
        await instance.Callers.FindAsync(key, Cancellation);
        Assert.Equal(1, instance.Faults.Requests);

        bed.Time.Advance(10 * Second);
        await instance.Callers.FindAsync(key, Cancellation);
        Assert.Equal(2, instance.Faults.Requests);
    }

    [Fact]
    public async Task Find_VersionOfALaterTime_HoldsFromItsTime()
    {
        var bed = await TenancyBed.CreateAsync(azurite);
        var instance = bed.Start();
        var tenant = await instance.AddTenantAsync();
        var key = await instance.AddKeyAsync(tenant);
        await instance.Plans.PutAsync(
            tenant.Plan, Instance.Plan(image: 1800, at: bed.Time.GetUtcNow() + (3 * Second)), Instance.Operator, Cancellation);

        Assert.Equal(1500, (await instance.Callers.FindAsync(key.Key, Cancellation))!.Terms.Prices[0].Micros);
        var read = instance.Faults.Requests;
        bed.Time.Advance(3 * Second);
        Assert.Equal(
            (1800L, 2), (await instance.Callers.FindAsync(key.Key, Cancellation)) is { } caller ? (
                caller.Terms.Prices[0].Micros, caller.Terms.Version) : default);
        Assert.Equal(read, instance.Faults.Requests);
    }

    private static async Task<bool> OpensAsync(Instance instance, NewApiKey key)
    {
        // A reading beside an earlier call may be under way.
        await SettledAsync(instance);
        try
        {
            return await instance.Callers.FindAsync(key.Key, Cancellation) is not null;
        }
        catch (RefusedException e) when (e.Code == "tenant_suspended")
        {
            return false;
        }
    }

    /// <summary>Waits until nothing more reaches storage.</summary>
    private static Task SettledAsync(Instance instance) =>
        Eventually.HoldsAsync(() => Task.FromResult(instance.Callers.IsIdle), "no reading is under way");

    private static Task<ErasedTenant> EraseAsync(AzuriteFixture azurite, TenancyBed bed, string tenant)
    {
        // With a clock of its own, so that the test does not wait.
        var instance = new Instance(azurite.ConnectionString, TenancyBed.FastClock(), bed.AuditContainer);
        return instance.Erasure.EraseAsync(tenant, Instance.Operator, Cancellation);
    }
}
