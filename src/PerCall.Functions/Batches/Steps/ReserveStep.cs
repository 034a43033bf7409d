using System.Globalization;
using Microsoft.Extensions.Options;
using PerCall.Functions.Batches.Calls;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Budget;
using PerCall.Functions.Pricing;
using PerCall.Functions.Requests;
using PerCall.Functions.Tenancy.Plans;

namespace PerCall.Functions.Batches.Steps;

/// <summary>Reserves budget for the maximum cost of all rows.</summary>
public sealed class ReserveStep(BudgetHolds holds, PlanTable plans, IOptions<BatchOptions> options, TimeProvider time)
{
    public async Task<Step> RunAsync(Job job, CancellationToken cancellation)
    {
        var plan = job.Plan!;
        if (plan.Rows == 0)
        {
            throw RefusedException.BadRequest("empty_file", "The file has no rows.");
        }

        var terms = (await plans.FindAsync(job.Order.PlanId, cancellation))!.Find(job.Order.PlanVersion)!;
        var month = MonthRow.MonthOf(job.CreatedAt);
        try
        {
            return new(job with
            {
                Stage = JobStage.Run,
                StartedAt = time.GetUtcNow(),
                Hold = plan.Calls is { } calls
                    ? await HoldAsync(job, calls, month, terms, cancellation)
                    : await HoldAsync(job, month, terms, cancellation),
                Progress = new(),
            });
        }
        catch (RefusedException e) when (e.Status == 402)
        {
            var since = job.Progress.Marks is [var first, ..] ? first : new ProgressMark(time.GetUtcNow(), 0, 0);
            return time.GetUtcNow() - since.Time < options.Value.BudgetPatience
                ? new(job with { Progress = new() { Marks = [since] } }, 3 * options.Value.LookInterval)
                : throw new RefusedException(e.Status, e.Code, QuoteOf(plan, terms) + e.Message);
        }
    }

    private async Task<JobHold> HoldAsync(Job job, DateOnly month, PlanTerms terms, CancellationToken cancellation)
    {
        var (price, most) = MostOf(job.Plan!);
        var held = await holds.TakeAsync(job.Account, month, job.Id, new Want(terms, price, most), cancellation);
        return new(month, most, held.Free, held.Money);
    }

    private async Task<JobHold> HoldAsync(Job job, CallPlan calls, DateOnly month, PlanTerms terms, CancellationToken cancellation)
    {
        var lines = CallPrices.Lines(calls, calls.Bounds);
        var held = lines.Count == 0
            ? new Amounts()
            : await holds.TakeAllAsync(job.Account, month, job.Id, new Want(terms, lines), cancellation);
        return new(month, lines.Sum(l => l.Units), held.Free.Values.Sum(), held.Money, held.Free);
    }

    private static (Price Price, long Units) MostOf(JobPlan plan) =>
        BatchUnits.Reserve(plan.Price, plan.Fallback, BatchUnits.AtMost(plan.Price, plan.Rows, plan.Source.Bytes));

    private static string QuoteOf(JobPlan plan, PlanTerms terms)
    {
        var isExact = plan.Calls is null && plan.Fallback is null && BatchUnits.IsPerRow(plan.Price);
        var (price, units) = MostOf(plan);
        var most = plan.Calls is { } calls ? CallPrices.MostOf(calls, calls.Bounds) : price.Of(units);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"The file has {plan.Rows:N0} rows and costs {(isExact ? "" : "at most ")}"
                + $"{MoneyText.Short(most)} {terms.Currency} without included units. ");
    }
}
