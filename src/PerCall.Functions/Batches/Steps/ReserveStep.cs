using System.Globalization;
using Microsoft.Extensions.Options;
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
        var (price, most) = BatchUnits.Reserve(plan, BatchUnits.AtMost(plan.Price, plan.Rows, plan.Source.Bytes));
        try
        {
            var held = await holds.TakeAsync(job.Account, month, job.Id, new Want(terms, price, most), cancellation);
            return new(job with
            {
                Stage = JobStage.Run,
                StartedAt = time.GetUtcNow(),
                Hold = new(month, most, held.Free, held.Money),
                Progress = new(),
            });
        }
        catch (RefusedException e) when (e.Status == 402)
        {
            var since = job.Progress.Marks is [var first, ..] ? first : new ProgressMark(time.GetUtcNow(), 0, 0);
            return time.GetUtcNow() - since.Time < options.Value.BudgetPatience
                ? new(job with { Progress = new() { Marks = [since] } }, 3 * options.Value.LookInterval)
                : throw new RefusedException(e.Status, e.Code, QuoteOf(plan, terms, price, most) + e.Message);
        }
    }

    private static string QuoteOf(JobPlan plan, PlanTerms terms, Price price, long most) => string.Create(
        CultureInfo.InvariantCulture,
        $"The file has {plan.Rows:N0} rows and costs {(BatchUnits.IsPerRow(price) && plan.Fallback is null ? "" : "at most ")}"
            + $"{MoneyText.Short(price.Of(most))} {terms.Currency} without included units. ");
}
