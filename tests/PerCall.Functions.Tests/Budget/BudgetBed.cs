using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using PerCall.Functions.Budget;
using PerCall.Functions.Journal;
using PerCall.Functions.Tests.Journal;
using PerCall.Testing;
using PerCall.Testing.Storage;

namespace PerCall.Functions.Tests.Budget;

/// <summary>One account, and instances that spend its allowance and write journals.</summary>
internal sealed class BudgetBed : IAsyncDisposable
{
    private readonly JournalBed _journals;
    private readonly string _storage;

    // Its own: what sweeps find there are leases on journals of this bed.
    private readonly string _table = $"limits{Guid.NewGuid():n}";

    private BudgetBed(JournalBed journals, string storage) => (_journals, _storage) = (journals, storage);

    public FakeTimeProvider Time { get; } = LimitTimes.Start();

    public string Account { get; } = Guid.NewGuid().ToString("n");

    public static async Task<BudgetBed> CreateAsync(AzuriteFixture azurite) =>
        new(await JournalBed.CreateAsync(azurite), azurite.ConnectionString);

    public async Task<Instance> InstanceAsync(StorageFaults? faults = null)
    {
        var table = await LimitTables.OpenAsync(_storage, faults, _table);
        var (journal, open) = (_journals.Journal(), new OpenMonths(table, Time));
        var reconciler = new LeaseReconciler(_journals.Fence(), Time, NullLogger<LeaseReconciler>.Instance);
        var allowances = new Allowances(table, journal, reconciler, open, new OptionsWrapper<LimitsOptions>(new()), Time);
        return new(Account, allowances, journal, new LeaseSweep(open, reconciler));
    }

    public async Task<BudgetHolds> HoldsAsync(StorageFaults? faults = null) =>
        new(
            await LimitTables.OpenAsync(_storage, faults, _table),
            new LeaseReconciler(_journals.Fence(), Time, NullLogger<LeaseReconciler>.Instance), Time);

    public Task<List<Instance>> InstancesAsync(int count) =>
        Task.Run(async () => (await Task.WhenAll(Enumerable.Range(0, count).Select(_ => InstanceAsync()))).ToList());

    public async Task<AllowanceState> RowAsync(DateTimeOffset? time = null) =>
        (await new MonthRow(
            await LimitTables.OpenAsync(_storage, table: _table), Account,
            MonthRow.MonthOf(time ?? Time.GetUtcNow())).ReadAsync(default)).State;

    /// <summary>All charges and included units in the journals, of a month.</summary>
    public async Task<(long Charge, long FreeUnits)> JournalAsync(DateTimeOffset? time = null)
    {
        var events = await EventsAsync(time);
        return (events.Sum(e => e.Charge), events.Sum(e => e.FreeUnits));
    }

    /// <summary>All events in the journals, of a month.</summary>
    public async Task<List<UsageEvent>> EventsAsync(DateTimeOffset? time = null)
    {
        var month = MonthRow.MonthOf(time ?? Time.GetUtcNow());
        return [.. (await _journals.ReadAllAsync()).SelectMany(b => b.Lines).Where(l => !l.IsMark).Select(l => l.ToEvent()).Where(
            e => MonthRow.MonthOf(e.Time) == month)];
    }

    public async Task<int> OpenMonthsAsync() =>
        await (await LimitTables.OpenAsync(_storage, table: _table)).Partition("open-months", default).CountAsync();

    public ValueTask DisposeAsync() => _journals.DisposeAsync();
}
