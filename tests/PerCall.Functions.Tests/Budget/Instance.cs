using PerCall.Functions.Budget;
using PerCall.Functions.Images;
using PerCall.Functions.Journal;
using PerCall.Functions.Pricing;
using PerCall.Functions.Requests;
using Xunit;

namespace PerCall.Functions.Tests.Budget;

internal enum CallOutcome
{
    Charged,
    Refused,
    Fenced,

    /// <summary>Storage did not answer, and nothing was charged.</summary>
    Failed,
}

internal enum Death
{
    None,
    BeforeAppend,
    AfterAppend,
}

/// <summary>One instance of the service, as far as it charges calls.</summary>
internal sealed class Instance(string account, Allowances allowances, UsageJournal journal, LeaseSweep sweep)
{
    public static Price Price { get; } = new(ImageOperations.Classify.Name, "*", "image", 1500);

    public Allowances Allowances => allowances;

    public UsageJournal Journal => journal;

    public LeaseSweep Sweep => sweep;

    public static PlanTerms Plan(long? budget, long free = 0) => new()
    {
        Plan = "basic",
        Version = 1,
        Currency = "EUR",
        MonthlyBudget = budget,
        Prices = [Price],
        FreeUnits = free == 0 ? new Dictionary<string, long>() : new Dictionary<string, long> { ["image"] = free },
    };

    public ValueTask<Reservation> ReserveAsync(PlanTerms plan, long units = 1) =>
        allowances.ReserveAsync(account, plan, Price, units, TestContext.Current.CancellationToken);

    /// <summary>Waits for what is under way, then does what is due.</summary>
    public async Task UpkeepAsync()
    {
        await allowances.UpkeepAsync();
        await allowances.UpkeepAsync();
    }

    public Task AppendAsync(Reservation reservation, Settlement settlement, long units, string? voids = null) => journal.AppendAsync(
        new()
        {
            Id = Guid.NewGuid().ToString("n"),
            Time = reservation.Time,
            Account = account,
            Key = "key",
            Operation = ImageOperations.Classify.Name,
            Model = "fashion",
            ModelVersion = "1",
            Units = units,
            FreeUnits = settlement.FreeUnits,
            Price = Price,
            Plan = "basic",
            PlanVersion = 1,
            Currency = "EUR",
            Charge = settlement.Charge,
            Lease = settlement.Lease,
            Voids = voids,
        },
        settlement.Generation);

    /// <summary>A whole call, or one that its instance does not survive.</summary>
    public async Task<CallOutcome> CallAsync(PlanTerms plan, long reserved = 1, long? delivered = null, Death death = Death.None)
    {
        Reservation reservation;
        try
        {
            reservation = await ReserveAsync(plan, reserved);
        }
        catch (RefusedException e) when (e.Status == 402)
        {
            return CallOutcome.Refused;
        }
        catch (IOException)
        {
            return CallOutcome.Failed;
        }

        var settlement = reservation.Settle(delivered ?? reserved);
        try
        {
            if (death != Death.BeforeAppend)
            {
                await AppendAsync(reservation, settlement, delivered ?? reserved);
            }
        }
        catch (JournalFencedException)
        {
            reservation.Dispose();
            return CallOutcome.Fenced;
        }

        if (death == Death.None)
        {
            reservation.Commit();
            reservation.Dispose();
        }

        return CallOutcome.Charged;
    }
}
