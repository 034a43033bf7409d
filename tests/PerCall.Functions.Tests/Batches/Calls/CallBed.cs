using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using PerCall.Client.Wire;
using PerCall.Functions.Audit;
using PerCall.Functions.Batches.Api;
using PerCall.Functions.Batches.Files;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Quotes;
using PerCall.Functions.Batches.Steps;
using PerCall.Functions.Budget;
using PerCall.Functions.Tenancy;
using PerCall.Functions.Tenancy.Plans;
using PerCall.Functions.Tenancy.Tenants;
using PerCall.Functions.Tests.Journal;
using PerCall.LargeModels.Providers;
using PerCall.Testing;
using PerCall.Testing.Charges;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Calls;

/// <summary>A tenant whose plan prices the tokens of large models, and files of calls.</summary>
internal sealed class CallBed(AzuriteFixture azurite)
{
    public const string Chat = "/v1/chat/completions";
    public const string Model = "small-talk";
    public const long InPrice = 2;
    public const long CachedPrice = 1;
    public const long OutPrice = 3;
    public const long FreeOutput = 7;

    private static readonly (string, string)[] Settings =
    [
        ("PerCall:OpenAI:Models:small-talk:Deployments:0:Endpoint", "http://localhost:9/v1"),
        ("PerCall:OpenAI:Models:small-talk:Deployments:0:Prices:In", "1000000"),
        ("PerCall:OpenAI:Models:small-talk:Deployments:0:Prices:CachedIn", "1000000"),
        ("PerCall:OpenAI:Models:small-talk:Deployments:0:Prices:Out", "2000000"),
        ("PerCall:OpenAI:Models:small-talk:Endpoints", "chat"),
        ("PerCall:OpenAI:Models:small-talk:MaxOutputTokens", "50"),
        ("PerCall:OpenAI:Models:vectors:Deployments:0:Endpoint", "http://localhost:9/v1"),
        ("PerCall:OpenAI:Models:vectors:Endpoints", "embeddings"),
    ];

    private readonly string _tenant = $"t-{Guid.NewGuid():n}"[..16];
    private PutPlanRequest _plan = null!;

    public string Account { get; private set; } = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Texts of different lengths.</summary>
    public static string[] Texts(int count) =>
        [.. Enumerable.Range(0, count).Select(i => $"text {i:00} {new string('x', 30 + (i * 7 % 11))}")];

    /// <summary>Returns the text of a line's answer.</summary>
    public static string? ContentOf(JsonNode line) => (string?)line["response"]!["body"]!["choices"]![0]!["message"]!["content"];

    public static string? DataOf(WrittenCharge charge, string name) => JsonNode.Parse(charge.Line)!["data"]![name]?.ToString();

    /// <summary>Makes an instance with two large models.</summary>
    public static Task<BatchInstance> InstanceAsync(
        AzuriteFixture azurite, FakeProvider provider, params (string Name, string Value)[] settings) =>
        BatchInstance.CreateAsync(azurite, new ShiftedTime { Haste = 10 }, Replace(provider), [.. Settings, .. settings]);

    /// <summary>An instance whose clock is the system's.</summary>
    public static Task<BatchInstance> UnhurriedAsync(
        AzuriteFixture azurite, FakeProvider provider, params (string Name, string Value)[] settings) =>
        BatchInstance.CreateAsync(azurite, new ShiftedTime(), Replace(provider), [.. Settings, .. settings]);

    /// <summary>Another instance on the same storage.</summary>
    public static BatchInstance Beside(BatchInstance instance, FakeProvider provider, params (string Name, string Value)[] settings) =>
        instance.Beside(Replace(provider), [.. Settings, .. settings]);

    public static async Task<CallBed> CreateAsync(
        AzuriteFixture azurite, BatchInstance instance, long? budget = 10_000_000, bool redact = false, params PlanPrice[] prices)
    {
        var bed = new CallBed(azurite);
        bed._plan = new()
        {
            Currency = "EUR",
            MonthlyBudget = budget,
            Redact = redact,
            FreeUnits = new Dictionary<string, long> { ["token_out"] = FreeOutput },
            Prices = prices.Length > 0 ? prices :
            [
                new("openai", "*", "token_in", InPrice), new("openai", "*", "token_in_cached", CachedPrice),
                new("openai", "*", "token_out", OutPrice),
            ],
        };
        await instance.Get<PlanBook>().PutAsync(bed._tenant, bed._plan, Actor.Service, Cancellation);
        bed.Account = (
            await instance.Get<TenantBook>().CreateAsync(new(bed._tenant, bed._tenant, bed._tenant), Actor.Service, Cancellation)).Account;
        await instance.ClearAsync();
        return bed;
    }

    /// <summary>Adds a version of the plan that redacts or does not.</summary>
    public Task ChangePlanAsync(BatchInstance instance, bool redact) =>
        instance.Get<PlanBook>().PutAsync(_tenant, _plan with { Redact = redact }, Actor.Service, Cancellation);

    /// <summary>A line of a batch file.</summary>
    public static string Row(string text, string id, string url = Chat, string model = Model, object? more = null)
    {
        var body = new JsonObject { ["model"] = model };
        if (url == Chat)
        {
            body["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = text });
        }
        else
        {
            body["input"] = text;
        }

        foreach (var (name, value) in JsonSerializer.SerializeToNode(more)?.AsObject() ?? [])
        {
            body[name] = value?.DeepClone();
        }

        return new JsonObject { ["custom_id"] = id, ["method"] = "POST", ["url"] = url, ["body"] = body }.ToJsonString();
    }

    public async Task<Job> OrderAsync(
        BatchInstance instance, IEnumerable<string> rows, string endpoint = Chat, string name = "rows.jsonl") =>
        await instance.Get<JobIntake>().AcceptAsync(
            await CallerAsync(instance),
            new() { InputFileId = await SendAsync(instance, rows, name), Endpoint = endpoint },
            idempotencyKey: null,
            Cancellation);

    public async Task<BatchQuote> QuoteAsync(BatchInstance instance, IEnumerable<string> rows) =>
        await instance.Get<Quoter>().QuoteAsync(
            await CallerAsync(instance), new() { InputFileId = await SendAsync(instance, rows), Endpoint = Chat }, Cancellation);

    public async Task<Job> ReadAsync(BatchInstance instance, string id) =>
        (await instance.Get<JobTable>().FindAsync(Account, id, Cancellation))!.Value.Job;

    /// <summary>Does a job's steps, and nothing else, until it has come to a state.</summary>
    public async Task<Job> StepUntilAsync(BatchInstance instance, string id, Func<Job, bool> isReached)
    {
        var job = await ReadAsync(instance, id);
        while (!isReached(job))
        {
            await instance.Get<JobStepper>().StepAsync(new(Account, id, job.Tick), Cancellation);
            job = await ReadAsync(instance, id);
        }

        return job;
    }

    public static Task<List<JsonNode>> LinesAsync(BatchInstance instance, Job job, ResultFile file) =>
        instance.Get<ResultFiles>().LinesAsync(job, file);

    /// <summary>The charges of a batch, in the order of its events.</summary>
    public async Task<List<WrittenCharge>> ChargesAsync(string id) =>
        [.. (await WrittenCharge.ReadAllAsync(azurite.ConnectionString, Cancellation))
            .Where(c => c.Id == id || c.Id.StartsWith(id + "-", StringComparison.Ordinal))];

    /// <summary>Requires one charge of exactly the tokens of these texts, and that nothing else of the month is spent or held.</summary>
    public async Task RequireChargedAsync(BatchInstance instance, Job job, IReadOnlyCollection<string> texts)
    {
        var usages = texts.Select(FakeProvider.UsageOf).ToList();
        var (inputs, cached, outputs) = (usages.Sum(u => u.In), usages.Sum(u => u.CachedIn), usages.Sum(u => u.Out));
        var free = Math.Min(FreeOutput, outputs);
        var charges = await ChargesAsync(job.Id);
        (string Unit, long Units, long Charge)[] expected =
        [
            ("token_in", inputs, inputs * InPrice),
            ("token_in_cached", cached, cached * CachedPrice),
            ("token_out", outputs, (outputs - free) * OutPrice),
        ];
        Assert.Equal(expected.Where(e => e.Units > 0), charges.Select(c => (DataOf(c, "unit")!, c.Units, c.Charge)));
        Assert.All(charges, c => Assert.Equal(
            ("openai", Model, "reported"), (DataOf(c, "operation"), DataOf(c, "model"), DataOf(c, "basis"))));
        Assert.All(charges.Skip(1), c => Assert.Equal(job.Id, DataOf(c, "of")));
        // The provider's prices are one micro-unit for a token of the prompt and two for one of the output.
        Assert.All(charges.Take(1), c => Assert.Equal($"{inputs + cached + (2 * outputs)}", DataOf(c, "cost")));
        Assert.Equal(charges.Sum(c => c.Charge), job.Charge.Amount);
        Assert.Equal((job.Charge.Amount, 0), await MonthAsync(instance, job));
    }

    public async Task<(long Spent, long Held)> MonthAsync(BatchInstance instance, Job job)
    {
        var row = new MonthRow(instance.Get<LimitsTable>(), Account, MonthRow.MonthOf(job.CreatedAt));
        var (state, _) = await row.ReadAsync(Cancellation);
        return (state.Spent.Money, state.Holds.Values.Sum(h => h.Money));
    }

    /// <summary>Blobs of the running work that are left.</summary>
    public async Task<int> LeftAsync() => await new BlobContainerClient(azurite.ConnectionString, "batches")
        .GetBlobsAsync(new() { Prefix = $"{Account}/" }, Cancellation).CountAsync(Cancellation);

    private static Action<IServiceCollection> Replace(FakeProvider provider) =>
        services => services.Replace(ServiceDescriptor.Singleton<ILargeModelProvider>(provider));

    private async Task<Caller> CallerAsync(BatchInstance instance)
    {
        var terms = (await instance.Get<PlanTable>().FindAsync(_tenant, Cancellation))!.At(instance.Time.GetUtcNow());
        return new(_tenant, Account, "key", KeyRoles.Call, terms);
    }

    private async Task<string> SendAsync(BatchInstance instance, IEnumerable<string> rows, string name = "rows.jsonl")
    {
        var id = FileIds.New(instance.Time.GetUtcNow());
        await new BlobClient(azurite.ConnectionString, "files", $"{Account}/{id}/{name}")
            .UploadAsync(BinaryData.FromString(string.Concat(rows.Select(r => r + "\n"))), Cancellation);
        return id;
    }
}
