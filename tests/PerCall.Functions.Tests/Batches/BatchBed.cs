using Azure.Storage.Blobs;
using PerCall.Client.Wire;
using PerCall.Functions.Audit;
using PerCall.Functions.Batches.Api;
using PerCall.Functions.Batches.Files;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Budget;
using PerCall.Functions.Tenancy.Plans;
using PerCall.Functions.Tenancy.Tenants;
using PerCall.Inference.Packages;
using PerCall.Testing;
using PerCall.Testing.Batches;
using PerCall.Testing.Charges;
using Xunit;

namespace PerCall.Functions.Tests.Batches;

/// <summary>A tenant with a budget, a file, and the books.</summary>
internal sealed class BatchBed(AzuriteFixture azurite)
{
    public const long Price = 5;

    private readonly string _tenant = $"t-{Guid.NewGuid():n}"[..16];

    public string Tenant => _tenant;

    public string Account { get; private set; } = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<BatchBed> CreateAsync(AzuriteFixture azurite, BatchInstance instance, long? budget = 1_000_000, long free = 0)
    {
        var bed = new BatchBed(azurite);
        var plan = new PutPlanRequest
        {
            Currency = "EUR",
            MonthlyBudget = budget,
            FreeUnits = free > 0 ? new Dictionary<string, long> { ["batch_row"] = free } : null,
            Prices = [new("batch", "*", "batch_row", Price)],
        };
        await instance.Get<PlanBook>().PutAsync(bed._tenant, plan, Actor.Service, Cancellation);
        bed.Account = (
            await instance.Get<TenantBook>().CreateAsync(new(bed._tenant, bed._tenant, bed._tenant), Actor.Service, Cancellation)).Account;
        return bed;
    }

    /// <summary>Puts a file where uploads go.</summary>
    /// <returns>Its name.</returns>
    public async Task<string> UploadAsync(
        byte[] content, string task = "text-classification", string model = "sentiment", string name = "rows.jsonl")
    {
        var blob = new BlobClient(azurite.ConnectionString, "inbox", $"{Account}/{task}/{model}/{name}");
        await blob.UploadAsync(BinaryData.FromBytes(content), overwrite: true, Cancellation);
        return blob.Name;
    }

    /// <summary>Orders a batch of a file that is put into storage for it.</summary>
    public async Task<Job> OrderAsync(BatchInstance instance, byte[] content, string model = "sentiment")
    {
        var blob = new BlobClient(azurite.ConnectionString, "files", $"{Account}/{Guid.NewGuid():n}/rows.jsonl");
        var etag = (await blob.UploadAsync(BinaryData.FromBytes(content), Cancellation)).Value.ETag.ToString("H");
        var terms = (await instance.Get<PlanTable>().FindAsync(_tenant, Cancellation))!.At(instance.Time.GetUtcNow());
        var order = new JobOrder
        {
            Tenant = _tenant,
            Key = "key",
            Task = ModelTask.TextClassification,
            Model = model,
            Input = new("files", blob.Name, etag, content.Length),
            PlanId = terms.Plan,
            PlanVersion = terms.Version,
        };
        return await instance.Get<JobIntake>().BeginAsync(JobIds.New(instance.Time.GetUtcNow()), Account, order, fault: null, Cancellation);
    }

    /// <summary>What a job's files, the journal and the month's row say of it, where that is not what it has to be.</summary>
    public async Task<List<string>> FaultsAsync(BatchInstance instance, string id, BatchInput input)
    {
        List<string> faults = [];
        var job = (await instance.Get<JobTable>().FindAsync(Account, id, Cancellation))!.Value.Job;
        if (job is not { Stage: JobStage.Ended, Ending: JobEnding.Completed })
        {
            faults.Add($"the job is {job.Stage} {job.Ending} {job.Fault}");
        }

        faults.AddRange((await ReadAsync(instance, job)).Faults(input));
        var charges = await ChargesAsync(id);
        if (charges.Count != 1 || charges[0].Units != input.Good.Count || job.Charge.Amount != charges[0].Charge)
        {
            faults.Add($"{charges.Count} charges, of {string.Join(", ", charges.Select(c => c.Units))} units");
        }

        var (spent, held) = await MonthAsync(instance, job);
        if (spent != charges.Sum(c => c.Charge) || held != 0)
        {
            faults.Add($"the month has {spent} spent and {held} set aside");
        }

        var left = await new BlobContainerClient(
            azurite.ConnectionString, "batches").GetBlobsAsync(new() { Prefix = $"{Account}/" }, Cancellation).CountAsync(Cancellation);
        if (left > 0 || await instance.Get<JobTable>().CountOpenAsync(Account, 10, Cancellation) > 0)
        {
            faults.Add($"{left} blobs of the work are left, or the job is among the open ones");
        }

        return faults;
    }

    public static async Task<BatchOutcome> ReadAsync(BatchInstance instance, Job job) =>
        new(await LinesAsync(instance, job, ResultFile.Output), await LinesAsync(instance, job, ResultFile.Errors));

    public async Task<List<WrittenCharge>> ChargesAsync(string id) =>
        [.. (await WrittenCharge.ReadAllAsync(azurite.ConnectionString, Cancellation)).Where(c => c.Id == id)];

    /// <summary>What the row of a job's month has as spent and as set aside.</summary>
    public async Task<(long Spent, long Held)> MonthAsync(BatchInstance instance, Job job)
    {
        var row = new MonthRow(instance.Get<LimitsTable>(), Account, MonthRow.MonthOf(job.CreatedAt));
        var (state, _) = await row.ReadAsync(Cancellation);
        return (state.Spent.Money, state.Holds.Values.Sum(h => h.Money));
    }

    private static async Task<IReadOnlyList<long>> LinesAsync(BatchInstance instance, Job job, ResultFile file) =>
        [.. (await instance.Get<ResultFiles>().LinesAsync(job, file)).Select(l => (long)l["line"]!)];
}
