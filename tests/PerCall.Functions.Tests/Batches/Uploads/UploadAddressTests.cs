using Azure.Storage.Blobs;
using PerCall.Client.Wire;
using PerCall.Functions.Audit;
using PerCall.Functions.Batches.Files;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Steps;
using PerCall.Functions.Batches.Uploads;
using PerCall.Functions.Requests;
using PerCall.Functions.Storage.Erasure;
using PerCall.Functions.Tenancy;
using PerCall.Functions.Tenancy.Keys;
using PerCall.Functions.Tenancy.Plans;
using PerCall.Functions.Tenancy.Tenants;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Uploads;

/// <summary>An address works for an hour, whatever happens to what stood behind it.</summary>
[Collection(BatchQueues.Name)]
public sealed class UploadAddressTests(AzuriteFixture azurite)
{
    private static readonly byte[] Rows = "{\"input\": \"one\"}\n"u8.ToArray();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Take_OfWhatCameByAnAddress_BeginsOneJobWithItsKeyAndItsWebhook()
    {
        await using var instance = await BatchInstance.CreateAsync(azurite);
        var (bed, caller) = await CreateAsync(instance);
        var upload = await AddressAsync(instance, caller);

        await PutAsync(upload);
        await TakeAsync(instance, upload);

        var job = Assert.Single(await JobsAsync(instance, bed));
        Assert.Equal((caller.Key, "https://example.com/hook", bed.Tenant), (job.Order.Key, job.Order.Webhook, job.Order.Tenant));
    }

    [Fact]
    public async Task Take_OfASecondVersion_BeginsNothing()
    {
        await using var instance = await BatchInstance.CreateAsync(azurite);
        await using var other = instance.Beside();
        var (bed, caller) = await CreateAsync(instance);
        var upload = await AddressAsync(instance, caller);
        await PutAsync(upload);
        await TakeAsync(instance, upload);

        await PutAsync(upload);
        await TakeAsync(instance, upload);
        await TakeAsync(other, upload);

        Assert.Single(await JobsAsync(instance, bed));
    }

    [Fact]
    public async Task Take_AfterItsKeyWasRevoked_BeginsNothing()
    {
        await using var instance = await BatchInstance.CreateAsync(azurite);
        var (bed, caller) = await CreateAsync(instance);
        var upload = await AddressAsync(instance, caller);
        var tenant = await instance.Get<TenantBook>().GetAsync(bed.Tenant, Cancellation);
        await instance.Get<KeyBook>().RevokeAsync(tenant, caller.Key, Actor.Service, Cancellation);

        await PutAsync(upload);
        await TakeAsync(instance, upload);

        Assert.Empty(await JobsAsync(instance, bed));
    }

    [Fact]
    public async Task Take_AfterItsNoteHasExpired_BeginsNothing()
    {
        await using var instance = await BatchInstance.CreateAsync(azurite);
        var (bed, caller) = await CreateAsync(instance);
        var upload = await AddressAsync(instance, caller);
        instance.Time.Set(instance.Time.GetUtcNow() + TimeSpan.FromHours(2.1));
        await instance.Get<UploadSweep>().RunAsync(Cancellation);
        Assert.Null(await instance.Get<UploadNotes>().FindAsync(bed.Account, upload.Path, Cancellation));

        await PutAsync(upload);
        await TakeAsync(instance, upload);

        Assert.Empty(await JobsAsync(instance, bed));
    }

    [Theory]
    [InlineData("text-classification")]
    [InlineData(null)]
    public async Task Sweep_OfWhatCameByAnAddressAfterTheErasure_RemovesIt(string? task)
    {
        await using var instance = await BatchInstance.CreateAsync(azurite);
        var (bed, caller) = await CreateAsync(instance);
        var upload = await AddressAsync(instance, caller, task);
        await instance.Get<TenantTable>().RemoveAsync(await instance.Get<TenantBook>().GetAsync(bed.Tenant, Cancellation));
        await instance.Get<IEnumerable<ITenantData>>().OfType<JobErasure>().Single().RemoveAsync(bed.Account, Cancellation);

        var blob = await PutAsync(upload);
        await TakeAsync(instance, upload);
        await instance.Get<UploadSweep>().RunAsync(Cancellation);

        Assert.Empty(await JobsAsync(instance, bed));
        Assert.False(await blob.ExistsAsync(Cancellation));
        // And when the address works no longer, nothing is left of it.
        Assert.Contains(await ErasedAsync(instance), e => e == bed.Account);
        instance.Time.Set(instance.Time.GetUtcNow() + TimeSpan.FromHours(2.1));
        await instance.Get<UploadSweep>().RunAsync(Cancellation);
        Assert.DoesNotContain(await ErasedAsync(instance), e => e == bed.Account);
    }

    [Fact]
    public async Task Take_WithAsManyBatchesOpenAsAreAllowed_WaitsForOneToEnd()
    {
        await using var instance = await BatchInstance.CreateAsync(azurite, ("PerCall:Batches:OpenPerTenant", "1"));
        var (bed, caller) = await CreateAsync(instance);
        var (first, second) = (await AddressAsync(instance, caller), await AddressAsync(instance, caller));
        await PutAsync(first);
        await PutAsync(second);
        await TakeAsync(instance, first);

        await TakeAsync(instance, second);
        var running = Assert.Single(await JobsAsync(instance, bed));
        Assert.Null(await instance.RunAsync(bed.Account, running.Id));
        await TakeAsync(instance, second);

        Assert.Equal(2, (await JobsAsync(instance, bed)).Count);
    }

    [Fact]
    public async Task Take_OfFilesWithoutAnAddress_ObeysTheRateOfThePlan()
    {
        await using var instance = await BatchInstance.CreateAsync(azurite);
        var (bed, _) = await CreateAsync(instance, requestsPerMinute: 1);
        var (first, second) = (await bed.UploadAsync(Rows, name: "a.jsonl"), await bed.UploadAsync(Rows, name: "b.jsonl"));

        await instance.Get<Inbox>().TakeAsync(first, Cancellation);
        await instance.Get<Inbox>().TakeAsync(second, Cancellation);

        Assert.Single(await JobsAsync(instance, bed));
    }

    [Fact]
    public async Task Take_OfMoreThanMayBeStored_FailsWithTheReasonAndRemovesTheFile()
    {
        await using var instance = await BatchInstance.CreateAsync(azurite, ("PerCall:Batches:StoredBytesPerTenant", "1048576"));
        var (bed, caller) = await CreateAsync(instance);
        var (task, file) = (await AddressAsync(instance, caller), await AddressAsync(instance, caller, task: null));
        var large = new byte[700_000];
        var blob = await PutAsync(file, large);
        await instance.Get<UploadSweep>().RunAsync(Cancellation);
        Assert.True(await blob.ExistsAsync(Cancellation));

        var upload = await PutAsync(task, large);
        await TakeAsync(instance, task);

        var job = Assert.Single(await JobsAsync(instance, bed));
        Assert.Equal((JobEnding.Failed, StoredBytes.Code), (job.Ending!.Value, job.Fault!.Code));
        Assert.False(await upload.ExistsAsync(Cancellation));
    }

    [Fact]
    public async Task Sweep_OfFilesByAddressBeyondWhatMayBeStored_RemovesTheLast()
    {
        await using var instance = await BatchInstance.CreateAsync(azurite, ("PerCall:Batches:StoredBytesPerTenant", "1048576"));
        var (bed, caller) = await CreateAsync(instance);
        var (first, second) = (await AddressAsync(instance, caller, task: null), await AddressAsync(instance, caller, task: null));
        var (kept, excess) = (await PutAsync(first, new byte[700_000]), await PutAsync(second, new byte[700_000]));
        Assert.Equal(StoredBytes.Code, (await Assert.ThrowsAsync<RefusedException>(() => AddressAsync(instance, caller))).Code);

        await instance.Get<UploadSweep>().RunAsync(Cancellation);

        Assert.Equal((true, false), ((await kept.ExistsAsync(Cancellation)).Value, (await excess.ExistsAsync(Cancellation)).Value));
        Assert.Equal(700_000, await instance.Get<StoredBytes>().OfAsync(bed.Account, Cancellation));
    }

    [Fact]
    public async Task Make_MoreThanAreAllowedAtOnce_IsRefusedUntilOneHasExpired()
    {
        await using var instance = await BatchInstance.CreateAsync(azurite, ("PerCall:Batches:AddressesPerTenant", "2"));
        var (_, caller) = await CreateAsync(instance);
        await AddressAsync(instance, caller);
        await AddressAsync(instance, caller, task: null);

        var refusal = await Assert.ThrowsAsync<RefusedException>(() => AddressAsync(instance, caller));
        instance.Time.Set(instance.Time.GetUtcNow() + TimeSpan.FromHours(1.1));
        await AddressAsync(instance, caller);

        Assert.Equal((429, "too_many_uploads"), (refusal.Status, refusal.Code));
    }

    private async Task<(BatchBed Bed, Caller Caller)> CreateAsync(BatchInstance instance, int? requestsPerMinute = null)
    {
        var bed = await BatchBed.CreateAsync(azurite, instance);
        if (requestsPerMinute is not null)
        {
            var plan =
                new PutPlanRequest { Currency = "EUR", RequestsPerMinute = requestsPerMinute, Prices = [new("*", "*", "batch_row", 1)] };
            await instance.Get<PlanBook>().PutAsync(bed.Tenant, plan, Actor.Service, Cancellation);
        }

        var tenant = await instance.Get<TenantBook>().GetAsync(bed.Tenant, Cancellation);
        var key = await instance.Get<KeyBook>().CreateAsync(tenant, new("server", ["call"]), Actor.Service, Cancellation);
        var terms = (await instance.Get<PlanTable>().FindAsync(tenant.Plan, Cancellation))!.At(instance.Time.GetUtcNow());
        return (bed, new(bed.Tenant, bed.Account, key.Id, KeyRoles.Call, terms));
    }

    private static Task<Upload> AddressAsync(BatchInstance instance, Caller caller, string? task = "text-classification")
    {
        var request = new CreateUploadRequest { Filename = "rows.jsonl", Task = task, Model = task is null ? null : "sentiment" };
        return instance.Get<UploadAddresses>().MakeAsync(
            new("http://localhost"), caller, task is null ? request : request with { Webhook = "https://example.com/hook" }, Cancellation);
    }

    /// <returns>The blob, for whoever may do all with it.</returns>
    private async Task<BlobClient> PutAsync(Upload upload, byte[]? content = null)
    {
        await new BlobClient(upload.Url).UploadAsync(BinaryData.FromBytes(content ?? Rows), overwrite: true, Cancellation);
        var path = upload.Path.Split('/', 2);
        return new(azurite.ConnectionString, path[0], path[1]);
    }

    private static Task TakeAsync(BatchInstance instance, Upload upload) =>
        instance.Get<Inbox>().TakeAsync(upload.Path.Split('/', 2)[1], Cancellation);

    private static async Task<List<Job>> JobsAsync(BatchInstance instance, BatchBed bed) =>
        await instance.Get<JobTable>().ListAsync(bed.Account, null, Cancellation).ToListAsync(Cancellation);

    private static async Task<List<string>> ErasedAsync(BatchInstance instance) =>
        await instance.Get<JobTable>().ErasedAsync(Cancellation).Select(e => e.Account).ToListAsync(Cancellation);
}
