using Azure.Data.Tables;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Pricing;
using PerCall.Inference.Packages;
using PerCall.Inference.Publishing;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Jobs;

public sealed class ModelsOfJobsTests(AzuriteFixture azurite)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Find_BatchesThatHaveNotEnded_AreThoseThatRunTheModel()
    {
        var tables = new TableServiceClient(azurite.ConnectionString);
        await tables.CreateTableIfNotExistsAsync(JobTable.Name, Cancellation);
        var table = new JobTable(tables);
        var (name, account) = ($"m-{Guid.NewGuid():n}", Guid.NewGuid().ToString("n"));
        var planned = await AddAsync("1", name, version: "2");
        var ordered = await AddAsync("2", $"{name}/3", version: null);
        var ended = await AddAsync("3", name, version: "2");
        await table.ChangeAsync(account, ended, j => j with { Stage = JobStage.Ended }, Cancellation);
        var models = new ModelsOfJobs(table);

        ModelUser first = new("batch", planned, "2", $"the batch '{planned}'");
        ModelUser second = new("batch", ordered, "3", $"the batch '{ordered}'");
        Assert.Equal([first], await models.FindAsync(name, "2", Cancellation));
        Assert.Equal([second], await models.FindAsync(name, "3", Cancellation));
        Assert.Equal([first, second], (await models.FindAsync(name, null, Cancellation)).OrderBy(u => u.Id, StringComparer.Ordinal));
        Assert.Empty(await models.FindAsync(name, "1", Cancellation));
        Assert.Empty(await models.FindAsync("other", null, Cancellation));

        async Task<string> AddAsync(string number, string model, string? version)
        {
            var input = new JobInput("files", "rows.jsonl", "", 1);
            var job = new Job
            {
                Id = $"batch_{number}",
                Account = account,
                Order = new()
                {
                    Tenant = "t",
                    Key = "k",
                    Task = ModelTask.TextClassification,
                    Model = model,
                    Input = input,
                    PlanId = "p",
                    PlanVersion = 1,
                },
                CreatedAt = default,
                ExpiresAt = default,
                Plan = version is null ? null : new()
                {
                    Source = input,
                    Format = InputFormat.JsonLines,
                    ModelName = model,
                    ModelVersion = version,
                    Price = new Price("batch", "*", "batch_row", 1),
                    Currency = "EUR",
                },
            };
            Assert.True(await table.TryAddAsync(job, Cancellation));
            return job.Id;
        }
    }
}
