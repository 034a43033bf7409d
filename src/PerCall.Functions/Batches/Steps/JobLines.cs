using System.Globalization;
using PerCall.Functions.Batches.Calls;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Journal;
using PerCall.Functions.LargeModels;
using PerCall.Functions.Pricing;

namespace PerCall.Functions.Batches.Steps;

/// <summary>Splits the charge of a job into lines, and writes them as usage events. Repeated calls return the same.</summary>
public static class JobLines
{
    /// <summary>
    /// Returns the charge of a job: a line for each unit, and for rows that the fallback answered a line of their own. Lines of the same
    /// unit share its included units, the first line first. Empty: there is nothing to charge.
    /// </summary>
    public static List<ChargedLine> Of(Job job)
    {
        // A job that ended before it was planned has no price.
        if (job.Plan is not { } plan)
        {
            return [];
        }

        List<ChargedLine> lines = [];
        foreach (var (price, units, byFallback) in PartsOf(plan, job.Result!.Rows).Where(p => p.Units > 0))
        {
            var used = lines.Where(l => l.Price.Unit == price.Unit).Sum(l => l.FreeUnits);
            lines.Add(ChargedLine.Of(price, units, (job.Hold?.FreeOf(price) ?? 0) - used) with { ByFallback = byFallback });
        }

        return lines;
    }

    /// <summary>Returns the events of a charge. The job has at least one line.</summary>
    public static UsageEvents EventsOf(Job job)
    {
        var lines = Of(job);
        var events = lines.ConvertAll(l => EventOf(job, l));
        var rows = job.Result!.Rows;
        if (rows.Tokens.Cost + rows.Fallback.Cost is > 0 and var cost)
        {
            // If a fallback answered, its provider is the one that bills: a model with a fallback has a graph.
            var billed = Math.Max(0, lines.FindIndex(l => l.ByFallback));
            events[billed] = events[billed] with { Cost = cost };
        }

        for (var i = 1; i < events.Count; i++)
        {
            events[i] = events[i] with { Id = string.Create(CultureInfo.InvariantCulture, $"{job.Id}-{i + 1}"), Of = job.Id };
        }

        return new(events[0], events[1..]);
    }

    private static IEnumerable<(Price Price, long Units, bool ByFallback)> PartsOf(JobPlan plan, RowCounts rows)
    {
        if (plan.Calls is { } calls)
        {
            return CallPrices.Units(calls, rows.Tokens).Select(u => (u.Price, u.Units, false));
        }

        var all = BatchUnits.Of(plan.Price, rows);
        if (plan.Fallback is not { } fallback)
        {
            return [(plan.Price, all, false)];
        }

        var answered = BatchUnits.Of(fallback.Price, rows.Fallback);
        return [(plan.Price, all - answered, false), (fallback.Price, answered, true)];
    }

    private static UsageEvent EventOf(Job job, ChargedLine line)
    {
        var plan = job.Plan!;
        var fallback = line.ByFallback ? plan.Fallback : null;
        return new()
        {
            Id = job.Id,
            Time = job.CreatedAt,
            Account = job.Account,
            Key = job.Order.Key,
            Operation = plan.Calls is null ? Operations.Batch.Name : LargeModelOperations.Call.Name,
            Model = fallback?.Model ?? plan.ModelName,
            ModelVersion = fallback?.Version ?? plan.ModelVersion,
            Units = line.Units,
            FreeUnits = line.FreeUnits,
            Price = line.Price,
            Plan = job.Order.PlanId,
            PlanVersion = job.Order.PlanVersion,
            Currency = plan.Currency,
            Charge = line.Amount,
            Lease = 0,
            Basis = plan.Calls is null ? null
                : job.Result!.Rows.Tokens.Counted > 0 ? UsageEvent.Counted
                : UsageEvent.Reported,
        };
    }
}
