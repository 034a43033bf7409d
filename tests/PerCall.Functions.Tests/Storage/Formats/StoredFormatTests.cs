using System.Text;
using System.Text.Json.Nodes;
using Azure.Data.Tables;
using PerCall.Client;
using PerCall.Functions.Audit;
using PerCall.Functions.Batches.Files;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Shards;
using PerCall.Functions.Budget;
using PerCall.Functions.Idempotency;
using PerCall.Functions.Journal;
using PerCall.Functions.Metering.RollUp;
using PerCall.Functions.Operators;
using PerCall.Functions.Predictions;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;
using PerCall.Functions.Storage.Formats;
using PerCall.Functions.Storage.Work;
using PerCall.Functions.Tenancy.Callers;
using PerCall.Functions.Tenancy.Keys;
using PerCall.Functions.Tenancy.Plans;
using PerCall.Functions.Tenancy.Tenants;
using PerCall.Functions.Tests.Batches;
using PerCall.Functions.Webhooks.Deliveries;
using PerCall.Functions.Webhooks.Signing;
using PerCall.Testing.Charges;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.Functions.Tests.Storage.Formats;

/// <summary>What services of each format left, when they were killed in the middle: it is read, and the work goes on.</summary>
public sealed class StoredFormatTests
{
    private const long Picture = 1700;
    private const long Text = 300;
    private const long Row = 100;

    private static readonly DateOnly First = new(2026, 1, 1);
    private static readonly DateOnly Last = new(2027, 1, 1);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Files_OfAllFormatsThatAreRead_Exist() =>
        Assert.All(Enumerable.Range(StorageFormat.Oldest, 2), f => Assert.NotEmpty(StoredFormat.Open(f).Texts("usage")));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Read_EachKindOfRow_HasItsValues(int number)
    {
        var format = StoredFormat.Open(number);
        var account = format.Id("account");
        await using var instance = await FormatInstance.StartAsync(format);

        var caller = await instance.Get<CallerDirectory>().FindAsync($"pc_live_{format.Id("key")}_{new string('a', 32)}", Cancellation);
        Assert.Equal(("acme", account, "small", 2), (caller!.Tenant, caller.Account, caller.Terms.Plan, caller.Terms.Version));
        var tenant = await instance.Get<TenantTable>().FindAsync("acme", Cancellation);
        Assert.Equal("Acme", tenant!.Name);
        // It was erased, and nobody gets its name.
        Assert.Null(await instance.Get<TenantTable>().FindAsync("gone", Cancellation));
        Assert.Equal(
            "tenant_exists",
            (await Assert.ThrowsAsync<RefusedException>(() => instance.Get<TenantBook>().CreateAsync(
                new("gone", "Others", "small"), Actor.Service, Cancellation))).Code);
        Assert.Equal(
            [("first", false), ("revoked", true)],
            (await instance.Get<KeyBook>().ListAsync(tenant, new(10, null), Cancellation)).Data
                .Select(k => (k.Name, k.RevokedAt is not null)).Order());
        Assert.Equal(
            [(50_000_000L, 1500L), (60_000_000L, Picture)],
            (await instance.Get<PlanBook>().GetAsync("small", Cancellation)).Versions
                .Select(v => (v.MonthlyBudget!.Value, v.Prices.Single(p => p.Unit == "image").Price)));

        Assert.Equal(
            [("batch", 3, 0, 3 * Row), ("images.classify", 5, 2, 3 * Picture), ("text.classify", 1, 0, Text)],
            (await UsageAsync(instance, account)).Select(u => (u.Operation, u.Units, u.FreeUnits, u.Charge)));
        var (month, _) = await Month(instance, format).ReadAsync(Cancellation);
        Assert.Equal(((string[])[format.Id("running"), format.Id("calling")]).Order(), month.Holds.Keys.Order());
        Assert.Equal(6 * Row, month.Holds[format.Id("running")].Money);
        Assert.Equal(2, month.Spent.FreeOf("image") + month.Leases.Values.Sum(l => l.Amounts.FreeOf("image")));
        Assert.InRange(Assert.Single(month.Leases.Values).Amounts.Money, 1_000_000, 60_000_000);

        var answer = await RowOfAsync<AnswerRow>(instance, AnswerStore.Table, account);
        Assert.Equal((AnswerState.Done, format.Id("answer"), Picture, 1L), (answer.Progress, answer.Charge, answer.Cost, answer.Units));
        var body = await instance.Get<AnswerStore>().BodyAsync(answer, Cancellation);
        Assert.Equal(format.Id("answer"), (string?)JsonNode.Parse(body)!["id"]);

        await ReadBatchesAsync(instance, format);
        await ReadPredictionsAsync(instance, format);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Run_WorkThatWasInTheMiddle_IsDoneAndChargedOnce(int number)
    {
        var format = StoredFormat.Open(number);
        var account = format.Id("account");
        await using var instance = await FormatInstance.StartAsync(format);
        string[] batches = [format.Id("running"), format.Id("calling"), format.Id("begun")];
        string[] predictions = [format.Id("claimed"), format.Id("waiting")];

        await instance.RunUntilAsync(
            async () => (await Task.WhenAll(batches.Select(b => JobAsync(instance, account, b)))).All(j => !j.IsOpen)
                && (await Task.WhenAll(predictions.Select(p => PredictionAsync(instance, account, p)))).All(p => p.HasEnded)
                && (await DeliveryAsync(instance, format)).State != DeliveryRow.Waiting,
            "all work has ended");

        foreach (var (name, rows) in ((string, int)[])[("running", 6), ("begun", 4)])
        {
            var job = await JobAsync(instance, account, format.Id(name));
            Assert.Equal((JobEnding.Completed, rows, rows * Row), (job.Ending, (int)job.Result!.Rows.Delivered, job.Charge.Amount));
            Assert.Equal(
                Enumerable.Range(0, rows).Select(i => $"{i}"),
                (await instance.Get<ResultFiles>().LinesAsync(job, ResultFile.Output)).Select(l => $"{l["id"]}"));
        }

        // What the dead instance had sent is sent again, because its answer was not kept.
        var calls = await JobAsync(instance, account, format.Id("calling"));
        Assert.Equal((JobEnding.Completed, 2), (calls.Ending, (int)calls.Result!.Rows.Delivered));
        Assert.Equal(2, instance.Provider.Answered.Count);
        Assert.All(
            await Task.WhenAll(predictions.Select(p => PredictionAsync(instance, account, p))),
            p => Assert.Equal((PredictionState.Succeeded, Text), (p.Progress, p.Cost)));
        var delivery = await DeliveryAsync(instance, format);
        Assert.Equal((DeliveryRow.Failed, 2), (delivery.State, delivery.AttemptCount));

        var charges = (await WrittenCharge.ReadAllAsync(instance.Storage, Cancellation)).Where(c => c.Account == account).ToList();
        Assert.All(charges.GroupBy(c => c.Id), c => Assert.Single(c));
        Assert.Equal(
            [6 * Row, calls.Charge.Amount, 4 * Row, Text, Text],
            batches.Concat(predictions).Select(id => charges.Where(c => c.Id == id || c.Of == id).Sum(c => c.Charge)));
        await instance.Get<UsageRollUp>().RunAsync(Cancellation);
        Assert.Equal(charges.Sum(c => c.Charge), (await UsageAsync(instance, account)).Sum(u => u.Charge));
        Assert.Equal(7 - 2, charges.Where(c => c.Unit == "image").Sum(c => c.Units - c.FreeUnits));
        await instance.Get<Allowances>().GiveBackAsync();
        var (month, _) = await Month(instance, format).ReadAsync(Cancellation);
        Assert.Equal((0, 0, charges.Sum(c => c.Charge)), (month.Holds.Count, month.Leases.Count, month.Spent.Money));
    }

    /// <summary>Format 1 is the first one whose file has these.</summary>
    [Fact]
    public async Task Read_OperatorAuditJournalAndMessagesOfFormat1_HaveTheirValues()
    {
        var format = StoredFormat.Open(1);
        var account = format.Id("account");
        await using var instance = await FormatInstance.StartAsync(format);

        var row = await instance.Get<OperatorTable>().FindAsync(format.Id("operator"), Cancellation);
        Assert.Equal(("accounting", (int)OperatorRoles.Money, 1), (row!.Name, row.Roles, row.Format));

        var records = await instance.Get<AuditLog>().Stored.ReadAsync(0, Cancellation).ToListAsync(Cancellation);
        Assert.True(AuditChain.Verify(records).Ok);
        Assert.Contains(records, r => r.Action == "tenant.create" && r.Subject == "tenant/acme");
        Assert.Contains(records, r => r.Action == "operator.create" && r.Subject == $"operator/{format.Id("operator")}");

        var lines = format.Texts("usage").Where(t => t.Name.EndsWith(".jsonl", StringComparison.Ordinal))
            .SelectMany(t => t.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            .Select(l => JournalLine.Parse(Encoding.UTF8.GetBytes(l))).ToList();
        var charge = lines.Single(l => l.Id == format.Id("answer")).ToEvent();
        Assert.Equal((account, "images.classify", "fashion", 1, 0, Picture), (
            charge.Account, charge.Operation, charge.Model, (int)charge.Units, (int)charge.FreeUnits, charge.Charge));
        Assert.All(lines, l => Assert.Equal(1, l.Format));

        var messages = format.Messages(WorkQueue.Name).Concat(format.Messages(WorkQueue.Shards))
            .Select(m => WorkMessage.Parse(BinaryData.FromString(m))).ToList();
        Assert.Equal(["calls", "prediction", "shard", "step", "upkeep", "webhook"], messages.Select(m => m.Kind).Distinct().Order());
        Assert.All(messages, m => Assert.Equal(1, m.Format));
        Assert.Equal(
            [format.Id("claimed"), format.Id("waiting")],
            messages.Where(m => m.Kind == "prediction").Select(m => RowMessages.Parse(m).Item).Order());
        Assert.Equal((account, format.Id("delivery")), messages.Where(m => m.Kind == "webhook").Select(RowMessages.Parse)
            .Select(r => (r.Account, r.Item)).Single());
        Assert.Contains(messages.Where(m => m.Kind == "step").Select(StepMessages.Parse), s => s.Job == format.Id("begun"));
        var shard = ShardQueue.Parse(messages.Single(m => m.Kind == "shard"));
        Assert.Equal((format.Id("running"), 1, 2L, false), (shard.Job, shard.Shard, shard.Cut.Rows, shard.Calls));
        Assert.Equal((format.Id("calling"), true), messages.Where(m => m.Kind == "calls").Select(ShardQueue.Parse)
            .Select(s => (s.Job, s.Calls)).First());
    }

    /// <summary>The messages of format 0 are in queues of their own, and are only a body.</summary>
    [Fact]
    public void File_OfFormat0_HasMessagesInEachOldQueue() =>
        Assert.All(
            ["plan", "shards", "calls", "predictions", "webhooks"],
            queue => Assert.All(Require(StoredFormat.Open(0).Messages(queue)), m => Assert.Null(JsonNode.Parse(m)!["kind"])));

    private static async Task ReadBatchesAsync(FormatInstance instance, StoredFormat format)
    {
        var account = format.Id("account");
        var ended = await JobAsync(instance, account, format.Id("ended"));
        Assert.Equal(
            (JobStage.Ended, JobEnding.Completed, 3, 3 * Row, ChargeState.Charged),
            (ended.Stage, ended.Ending!.Value, (int)ended.Result!.Rows.Delivered, ended.Charge.Amount, ended.Charge.State));
        var running = await JobAsync(instance, account, format.Id("running"));
        Assert.Equal((JobStage.Run, 6, 3, "spam"), (running.Stage, (int)running.Plan!.Rows, running.Plan.Shards, running.Plan.ModelName));
        var done = await instance.Get<ShardTable>().DoneAsync(running.Id, 0, Cancellation).ToListAsync(Cancellation);
        Assert.Equal([0, 2], done.Select(d => d.Shard()));
        Assert.All(done, d => Assert.Equal((2, 0, 2), (d.Counts().Delivered, d.Counts().Failed, d.Counts().CallUnits)));
        Assert.Equal("mini", (await JobAsync(instance, account, format.Id("calling"))).Plan!.ModelName);
        Assert.Equal(JobStage.Plan, (await JobAsync(instance, account, format.Id("begun"))).Stage);
    }

    private static async Task ReadPredictionsAsync(FormatInstance instance, StoredFormat format)
    {
        var account = format.Id("account");
        var prediction = await PredictionAsync(instance, account, format.Id("prediction"));
        Assert.Equal((PredictionState.Succeeded, Text, 1), (prediction.Progress, prediction.Cost, prediction.Tries));
        Assert.Equal(format.Id("prediction"), (string?)JsonNode.Parse(
            (await instance.Get<PredictionStore>().OutputAsync(prediction, Cancellation))!)!["id"]);
        Assert.Equal((PredictionState.Processing, PredictionState.Queued), (
            (await PredictionAsync(instance, account, format.Id("claimed"))).Progress,
            (await PredictionAsync(instance, account, format.Id("waiting"))).Progress));

        var delivery = await DeliveryAsync(instance, format);
        Assert.Equal(
            ("prediction.succeeded", DeliveryRow.Waiting, 1, "https://receiver.example/hook"),
            (delivery.Type, delivery.State, delivery.AttemptCount, delivery.Url));
        Assert.Equal(format.Id("prediction"), (string?)JsonNode.Parse(
            await instance.Get<DeliveryStore>().BodyAsync(delivery, Cancellation))!["data"]!["id"]);
        Assert.Equal(
            "whsec_MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA=",
            Assert.Single(await instance.Get<SecretStore>().GetAsync(account, Cancellation)).Secret);
    }

    private static async Task<Job> JobAsync(FormatInstance instance, string account, string id) =>
        (await instance.Get<JobTable>().FindAsync(account, id, Cancellation))!.Value.Job;

    private static async Task<PredictionRow> PredictionAsync(FormatInstance instance, string account, string id) =>
        (await instance.Get<PredictionStore>().Rows.FindAsync(account, id, Cancellation))!;

    private static async Task<DeliveryRow> DeliveryAsync(FormatInstance instance, StoredFormat format) =>
        (await instance.Get<DeliveryStore>().Rows.FindAsync(format.Id("account"), format.Id("delivery"), Cancellation))!;

    private static async Task<List<(string Operation, long Units, long FreeUnits, long Charge)>> UsageAsync(
        FormatInstance instance, string account) =>
    [
        .. (await instance.Get<UsageTable>().RowsAsync(account, First, Last, Cancellation))
            .GroupBy(r => UsageKey.Parse(r.RowKey).Operation)
            .Select(g => (g.Key, g.Sum(r => r.Units), g.Sum(r => r.FreeUnits), g.Sum(r => r.Charge)))
            .OrderBy(g => g.Key, StringComparer.Ordinal),
    ];

    private static MonthRow Month(FormatInstance instance, StoredFormat format) =>
        new(instance.Get<LimitsTable>(), format.Id("account"), MonthRow.MonthOf(format.Killed));

    private static async Task<T> RowOfAsync<T>(FormatInstance instance, string table, string partition)
        where T : class, ITableEntity =>
        Assert.Single(await instance.Get<TableServiceClient>().GetTableClient(table)
            .QueryAsync<T>(r => r.PartitionKey == partition, cancellationToken: Cancellation).ToListAsync(Cancellation));

    private static List<T> Require<T>(IEnumerable<T> all)
    {
        var list = all.ToList();
        Assert.NotEmpty(list);
        return list;
    }
}
