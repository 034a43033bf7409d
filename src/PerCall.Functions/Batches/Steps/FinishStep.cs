using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.Functions.Batches.Calls;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Budget;
using PerCall.Functions.Idempotency;
using PerCall.Functions.Journal;
using PerCall.Functions.LargeModels;
using PerCall.Functions.Pricing;

namespace PerCall.Functions.Batches.Steps;

/// <summary>
/// Assembles the results, charges for the rows in them, and returns the rest of the budget. The outcome of each part is stored before the
/// next part begins.
/// </summary>
public sealed partial class FinishStep(
    JobTable table,
    ResultAssembly assembly,
    ChargeIntents intents,
    BudgetHolds holds,
    IOptions<BatchOptions> options,
    IOptions<IdempotencyOptions> idempotency,
    TimeProvider time,
    ILogger<FinishStep> log)
{
    /// <summary>The pause between two checks of a charge that only the operator can decide.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromMinutes(1);

    public async Task<Step> RunAsync(StoredJob stored, CancellationToken cancellation)
    {
        try
        {
            return await AdvanceAsync(stored, cancellation);
        }
        catch (Exception e) when (e is not OperationCanceledException && GiveUp(stored.Job) is { } job)
        {
            // Storage accepts writes of the job but has failed to read its data for all this time. So storage is available, but it has lost
            // data.
            LogUndecided(e, job.Id, job.Charge.State);
            return new(job);
        }
    }

    /// <summary>Returns the job after it has been retried for long enough; null: retry it.</summary>
    private Job? GiveUp(Job job)
    {
        if (time.GetUtcNow() - job.FinishingAt < options.Value.UndecidedAfter)
        {
            return null;
        }

        if (job.Result is null)
        {
            var fault = new JobFault("results_lost", "Storage lost results, so the output file cannot be assembled. Nothing is charged.");
            return job with { Ending = JobEnding.Failed, Fault = fault, Result = new(default, null, null, null) };
        }

        return job.Charge.State == ChargeState.Charging ? job with { Charge = job.Charge with { State = ChargeState.Undecided } } : null;
    }

    private async Task<Step> AdvanceAsync(StoredJob stored, CancellationToken cancellation)
    {
        var job = stored.Job;
        if (job.Result is null)
        {
            return await AssembleAsync(job, cancellation);
        }

        switch (job.Charge.State)
        {
            case ChargeState.None:
                return await ChargeAsync(stored, cancellation);

            case ChargeState.Charging:
                return await ResolveChargeAsync(job, cancellation);

            case ChargeState.Undecided:
                return new(job, Settling);

            default:
                if (job.Hold is { } hold)
                {
                    await SettleAsync(job, hold);
                }

                LogEnded(job.Id, job.Ending!.Value, job.Result.Rows.Delivered, job.Result.Rows.Failed, job.Charge.Amount);
                return new(job with { Stage = JobStage.Ended, EndedAt = time.GetUtcNow() });
        }
    }

    private async Task<Step> AssembleAsync(Job job, CancellationToken cancellation)
    {
        // A job that never started a shard has nothing to assemble.
        if (job.StartedAt is null)
        {
            return new(job with { Result = new(default, null, null, null) });
        }

        if (await assembly.AssembleAsync(job, cancellation) is { } result)
        {
            return new(job with { Result = result });
        }

        // A completed job needs all rows; any other job needs only the rows that are left.
        return job.Ending == JobEnding.Completed
            ? new(
                job with
                {
                    Stage = JobStage.Run,
                    Ending = null,
                    FinishingAt = null,
                    Progress = new() { Dispatched = job.Plan!.Shards, Marks = job.Progress.Marks }
                })
            : new(job);
    }

    /// <summary>
    /// Stores the intent to charge, then charges. After a crash between the two, <see cref="ResolveChargeAsync"/> decides.
    /// </summary>
    private async Task<Step> ChargeAsync(StoredJob stored, CancellationToken cancellation)
    {
        var job = stored.Job;
        var lines = LinesOf(job);
        if (lines.Count == 0)
        {
            return new(job with { Charge = job.Charge with { State = ChargeState.Charged } });
        }

        var intent = await intents.PrepareAsync(job.Id, cancellation);
        var charge = new JobCharge
        {
            State = ChargeState.Charging,
            Position = intent.Position,
            Since = time.GetUtcNow(),
            FreeUnits = lines.Sum(l => l.FreeUnits),
            Amount = lines.Sum(l => l.Amount),
            Lines = job.Plan!.Calls is null ? null : lines,
        };
        if (await table.TryUpdateAsync(stored, job with { Charge = charge }, cancellation) is not { } written)
        {
            return new(job);
        }

        var isCharged = await intents.TryAppendAsync(intent, EventsOf(written.Job));
        return new(written.Job with { Charge = charge.Decide(isCharged) }, Written: written);
    }

    /// <summary>Decides a charge whose instance stopped, or lost its storage, before it stored the outcome.</summary>
    private async Task<Step> ResolveChargeAsync(Job job, CancellationToken cancellation)
    {
        var intent = new ChargeIntent(job.Id, job.Charge.Position!);
        var outcome = await intents.ResolveAsync(intent, job.Charge.Since + idempotency.Value.Lapse, cancellation);
        return outcome == ChargeOutcome.NotYet
            ? new(job, 3 * options.Value.LookInterval)
            : new(job with { Charge = job.Charge.Decide(outcome == ChargeOutcome.Charged) });
    }

    private Task SettleAsync(Job job, JobHold hold)
    {
        var spent = new Amounts();
        foreach (var line in LinesOf(job))
        {
            spent.Add(line.Price.Unit, line.FreeUnits, line.Amount);
        }

        return holds.SettleAsync(job.Account, hold.Month, job.Id, spent);
    }

    /// <summary>Returns the charge of a job by unit; empty: there is nothing to charge.</summary>
    private static List<ChargedLine> LinesOf(Job job)
    {
        // A job that ended before it was planned has no price.
        if (job.Plan is not { } plan)
        {
            return [];
        }

        if (plan.Calls is { } calls)
        {
            return [.. CallPrices.Units(calls, job.Result!.Rows.Tokens)
                .Select(u => ChargedLine.Of(u.Item1, u.Item2, job.Hold?.FreeOf(u.Item1) ?? 0))];
        }

        // The rows that the model answered, and those that its fallback did. Included units are used for the model's rows first.
        var rows = job.Result!.Rows;
        var theirs = plan.Fallback is { } fallback ? BatchUnits.Of(fallback.Price, rows.Fallback) : 0;
        var own = BatchUnits.Of(plan.Price, rows) - theirs;
        var free = job.Hold?.FreeOf(plan.Price) ?? 0;
        List<ChargedLine> lines = [];
        if (own > 0)
        {
            lines.Add(ChargedLine.Of(plan.Price, own, free));
        }

        if (theirs > 0)
        {
            lines.Add(ChargedLine.Of(plan.Fallback!.Price, theirs, Math.Max(0, free - own)));
        }

        return lines;
    }

    private static UsageEvents EventsOf(Job job)
    {
        var lines = LinesOf(job);
        List<UsageEvent> events = [.. lines.Select((line, i) => EventOf(job, line, i, isLast: i == lines.Count - 1))];
        return new(events[0], events[1..]);
    }

    private static UsageEvent EventOf(Job job, ChargedLine line, int index, bool isLast)
    {
        var tokens = job.Result!.Rows.Tokens;
        var usage = new UsageEvent
        {
            Id = index == 0 ? job.Id : string.Create(CultureInfo.InvariantCulture, $"{job.Id}-{index + 1}"),
            Time = job.CreatedAt,
            Account = job.Account,
            Key = job.Order.Key,
            Operation = job.Plan!.Calls is null ? Operations.Batch.Name : LargeModelOperations.Call.Name,
            Model = job.Plan.ModelName,
            ModelVersion = job.Plan.ModelVersion,
            Units = line.Units,
            FreeUnits = line.FreeUnits,
            Price = line.Price,
            Plan = job.Order.PlanId,
            PlanVersion = job.Order.PlanVersion,
            Currency = job.Plan.Currency,
            Charge = line.Amount,
            Lease = 0,
            Of = index == 0 ? null : job.Id,
        };
        if (job.Plan.Calls is null)
        {
            // Only the last part, the fallback's if there are two, can be a large model's.
            var rows = job.Result.Rows.Fallback;
            usage = usage with { Cost = isLast && rows.Cost > 0 ? rows.Cost : null };
            return isLast && rows.Rows > 0 && job.Plan.Fallback is { } fallback
                ? usage with { Model = fallback.Model, ModelVersion = fallback.Version }
                : usage;
        }

        return usage with
        {
            Basis = tokens.Counted > 0 ? UsageEvent.Counted : UsageEvent.Reported,
            Cost = index == 0 && tokens.Cost > 0 ? tokens.Cost : null,
        };
    }

    /// <summary>One part of a job's charge.</summary>
    private readonly record struct ChargedRows(string Model, string Version, Price Price, long Units, long Free);

    [LoggerMessage(
        Level = LogLevel.Critical,
        Message = "Cannot finish {Job}: storage does not return blocks that it acknowledged. The charge is now {State}. "
            + "Settle an undecided charge with POST /manage/v1/tenants/{{tenant}}/batches/{{batch}}/settle")]
    private partial void LogUndecided(Exception exception, string job, ChargeState state);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "{Job} ended ({Ending}): {Delivered} rows delivered, {Failed} failed, {Charge} micro-units charged")]
    private partial void LogEnded(string job, JobEnding ending, long delivered, long failed, long charge);
}
