using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PerCall.Client.Wire;
using PerCall.Functions.Batches.Files;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Requests;
using PerCall.Functions.Transfers;

namespace PerCall.Functions.Batches.Api;

/// <summary>Reads, lists and cancels a tenant's batches.</summary>
public sealed class JobBook(
    JobTable table, JobView view, StepMessages queue, ResultFiles results, Addresses addresses, IOptions<BatchOptions> options,
    TimeProvider time)
{
    private readonly BatchOptions _options = options.Value;

    public Batch Show(Job job) => view.Of(job);

    /// <exception cref="RefusedException">404: the account has no such batch.</exception>
    public async Task<Job> GetAsync(string account, string id, CancellationToken cancellation) =>
        JobIds.AreFit(id) && await table.FindAsync(account, id, cancellation) is { Job: var job } ? job : throw NotFound(id);

    /// <param name="service">The service's address as the client knows it, for addresses of the results.</param>
    /// <param name="account">The account.</param>
    /// <param name="id">The batch.</param>
    /// <param name="cancellation">Cancels the call.</param>
    public async Task<Batch> DescribeAsync(Uri service, string account, string id, CancellationToken cancellation)
    {
        var job = await GetAsync(account, id, cancellation);
        return job is { IsOpen: false, Result: { } result }
            ? Show(job) with { Files = await FilesAsync(service, job, result, cancellation) } : Show(job);
    }

    public async Task<BatchList> ListAsync(string account, Page page, CancellationToken cancellation)
    {
        var jobs = await table.ListAsync(account, page.After, cancellation).Take(page.Limit + 1).ToListAsync(cancellation);
        var shown = jobs.Take(page.Limit).Select(Show).ToList();
        return new()
        {
            Data = shown,
            FirstId = shown.FirstOrDefault()?.Id,
            LastId = shown.LastOrDefault()?.Id,
            HasMore = jobs.Count > shown.Count
        };
    }

    /// <exception cref="RefusedException">404: the batch does not exist. 409: the batch has ended.</exception>
    public async Task<Job> CancelAsync(string account, string id, CancellationToken cancellation)
    {
        await GetAsync(account, id, cancellation);
        var changed = await table.ChangeAsync(
            account,
            id,
            j => j is { IsOpen: true, Ending: null }
                ? j with { Ending = JobEnding.Cancelled, CancelledAt = time.GetUtcNow(), Tick = j.Tick + 1, StepDue = time.GetUtcNow() }
                : null,
            cancellation) ?? throw NotFound(id);
        if (!changed.Job.IsOpen)
        {
            throw new RefusedException(
                StatusCodes.Status409Conflict,
                "batch_ended",
                $"The batch has already ended; its status is '{JobView.StatusOf(changed.Job)}'.",
                "id");
        }

        // Send the step message immediately, so that the cancellation does not wait for the next scheduled step.
        await queue.SendAsync(new(account, id, changed.Job.Tick), TimeSpan.Zero, CancellationToken.None);
        return changed.Job;
    }

    /// <summary>Returns the batches of all accounts whose charge only the operator can decide.</summary>
    public async Task<IReadOnlyList<Job>> UndecidedAsync(CancellationToken cancellation)
    {
        List<Job> jobs = [];
        await foreach (var (account, id, _) in table.OpenAsync(cancellation))
        {
            if (await table.FindAsync(account, id, cancellation) is { Job: { Charge.State: ChargeState.Undecided } job })
            {
                jobs.Add(job);
            }
        }

        return jobs;
    }

    /// <summary>
    /// Records the operator's decision about whether a batch was charged, for a batch whose charge storage cannot confirm. If it was not
    /// charged, it is charged now.
    /// </summary>
    /// <exception cref="RefusedException">404: the batch does not exist. 409: the charge is not undecided.</exception>
    public async Task<Job> SettleAsync(string account, string id, bool isCharged)
    {
        var settled = false;
        var changed = await table.ChangeAsync(
            account,
            id,
            j => (settled = j.Charge.State == ChargeState.Undecided)
                ? j with { Charge = j.Charge.Decide(isCharged), Tick = j.Tick + 1, StepDue = time.GetUtcNow() }
                : null,
            CancellationToken.None) ?? throw NotFound(id);
        if (!settled)
        {
            throw new RefusedException(
                StatusCodes.Status409Conflict,
                "batch_decided",
                $"The batch has the status '{JobView.StatusOf(changed.Job)}'; its charge does not need a decision.",
                "batch");
        }

        await queue.SendAsync(new(account, id, changed.Job.Tick), TimeSpan.Zero, CancellationToken.None);
        return changed.Job;
    }

    private static RefusedException NotFound(string id) => new(
        StatusCodes.Status404NotFound, "batch_not_found", $"Batch '{Page.Short(id)}' not found.", "id");

    private async Task<IReadOnlyList<BatchFile>> FilesAsync(
        Uri service, Job job, JobResult result, CancellationToken cancellation)
    {
        List<BatchFile> files = [];
        foreach (var (file, bytes) in new[] { (ResultFile.Output, result.OutputBytes), (ResultFile.Errors, result.ErrorBytes), (
            ResultFile.Table, result.TableBytes) })
        {
            if (bytes is { } length)
            {
                var (address, expires) = await addresses.ForReadingAsync(
                    service, results.Blob(job, file), _options.AddressLifetime, cancellation);
                files.Add(new(ResultFiles.NameOf(file), FileIds.Of(job.Id, file), length, address, expires.ToUnixTimeSeconds()));
            }
        }

        return files;
    }
}
