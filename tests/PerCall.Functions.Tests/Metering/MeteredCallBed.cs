using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using PerCall.Functions.Budget;
using PerCall.Functions.Journal;
using PerCall.Functions.Metering;
using PerCall.Functions.Pricing;
using PerCall.Functions.Tenancy;
using PerCall.Functions.Tests.Budget;
using PerCall.Functions.Tests.Journal;
using PerCall.Testing;
using PerCall.Testing.Storage;

namespace PerCall.Functions.Tests.Metering;

/// <summary>Calls of one tenant, whose plan prices several units of one operation.</summary>
internal sealed class MeteredCallBed : IAsyncDisposable
{
    public const string In = "token_in";
    public const string Cached = "token_in_cached";
    public const string Out = "token_out";

    public static readonly Operation Operation = new("openai", [In, Cached, Out, "audio_second"]);

    private readonly string _limits = $"limits{Guid.NewGuid():n}";

    private MeteredCallBed(JournalBed journals) => Journals = journals;

    public JournalBed Journals { get; }

    public string Account { get; } = $"acc_{Guid.NewGuid():n}";

    public PlanTerms Terms { get; set; } = new()
    {
        Plan = "basic",
        Version = 3,
        Currency = "EUR",
        MonthlyBudget = 1_000_000,
        Prices = [new("openai", "*", In, 5), new("openai", "*", Cached, 2), new("openai", "gpt", Out, 12)],
    };

    public Caller Caller => new("tenant", Account, "key1", KeyRoles.Call, Terms);

    public static async Task<MeteredCallBed> CreateAsync(AzuriteFixture azurite) => new(await JournalBed.CreateAsync(azurite));

    /// <summary>Starts an instance. Faults concern its journal.</summary>
    public async Task<MeteredInstance> StartAsync(StorageFaults? faults = null, JournalLimits? limits = null)
    {
        var (time, table) = (Journals.Time, await LimitTables.OpenAsync(Journals.Connection, table: _limits));
        var journal = Journals.Journal(faults, limits);
        var allowances = new Allowances(
            table, journal, new(Journals.Fence(), time, NullLogger<LeaseReconciler>.Instance), new(table, time),
            new OptionsWrapper<LimitsOptions>(new()), time);
        var charges = new Charges(journal, new OptionsWrapper<MeteringOptions>(Journals.Options), NullLogger<Charges>.Instance);
        return new(this, journal, allowances, charges);
    }

    /// <summary>Returns the account's events, in the order of the journals.</summary>
    public async Task<List<UsageEvent>> EventsAsync() =>
        [.. (await Journals.ReadAllAsync()).SelectMany(b => b.Lines).Where(l => !l.IsMark).Select(l => l.ToEvent())];

    public async Task<AllowanceState> RowAsync() => (await new MonthRow(
        await LimitTables.OpenAsync(Journals.Connection, table: _limits), Account,
        MonthRow.MonthOf(Journals.Time.GetUtcNow())).ReadAsync(default)).State;

    /// <summary>Writes an answer as the host does, after the function has returned.</summary>
    public static async Task<(HttpResponse Response, byte[] Body)> WriteAsync(IResult answer)
    {
        var body = new MemoryStream();
        var http = new DefaultHttpContext
        {
            Response = { Body = body },
            RequestServices = new ServiceCollection().AddLogging().BuildServiceProvider(),
        };
        await answer.ExecuteAsync(http);
        return (http.Response, body.ToArray());
    }

    public ValueTask DisposeAsync() => Journals.DisposeAsync();
}

/// <summary>An instance that meters calls.</summary>
internal sealed class MeteredInstance(MeteredCallBed bed, UsageJournal journal, Allowances allowances, Charges charges)
{
    public UsageJournal Journal => journal;

    public Allowances Allowances => allowances;

    public MeteredCall Call(IKeptAnswer? kept = null) => new(null, bed.Caller, allowances, charges, kept);

    /// <summary>Returns a call without a caller.</summary>
    public MeteredCall OpenCall() => new(null, null, allowances, charges);

    /// <summary>Returns a call that has reserved tokens of a prompt and of an answer.</summary>
    public async Task<MeteredCall> ReservedAsync(long prompt = 100, long output = 50, IKeptAnswer? kept = null)
    {
        var call = Call(kept);
        await call.ReserveAsync(
            MeteredCallBed.Operation, "gpt",
            [new([MeteredCallBed.In, MeteredCallBed.Cached], prompt), new([MeteredCallBed.Out], output), new(["audio_second"], 0)], default);
        return call;
    }
}
