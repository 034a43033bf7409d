using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace PerCall.Functions.Batches.Jobs;

/// <summary>
/// Caches jobs for workers. The order and the plan do not change; whether the job continues is at most a few seconds out of date.
/// </summary>
public sealed class JobCache(JobTable table, IOptions<BatchOptions> options, TimeProvider time)
{
    private const int MaxEntries = 1000;

    private readonly ConcurrentDictionary<string, (Task<Job?> Reading, long At)> _known = new(StringComparer.Ordinal);

    /// <summary>Finds a job; null: it does not exist.</summary>
    public Task<Job?> FindAsync(string account, string id)
    {
        if (_known.TryGetValue(id, out var known) && time.GetElapsedTime(known.At) < options.Value.JobAge && !known.Reading.IsFaulted)
        {
            return known.Reading;
        }

        if (_known.Count > MaxEntries)
        {
            _known.Clear();
        }

        var reading = ReadAsync(account, id);
        _known[id] = (reading, time.GetTimestamp());
        return reading;
    }

    /// <summary>Finds a job that has reached a stage, as a message of that stage shows. An older cached copy is read again.</summary>
    public async Task<Job?> FindAsync(string account, string id, JobStage since)
    {
        var job = await FindAsync(account, id);
        if (job is not null && job.Stage < since)
        {
            _known.TryRemove(id, out _);
            job = await FindAsync(account, id);
        }

        return job;
    }

    /// <summary>Returns whether to continue with a job's shards. Never waits: an outdated copy is refreshed in the background.</summary>
    public bool GoesOn(string account, string id) =>
        FindAsync(account, id) is not { IsCompletedSuccessfully: true } reading || IsRunning(reading);

    public static bool IsRunning(Job? job) => job is { Stage: JobStage.Run, Ending: null };

    // The API is banned by name only; the task has already completed.
    private static bool IsRunning(Task<Job?> ended) => IsRunning(ended.GetAwaiter().GetResult());

    private async Task<Job?> ReadAsync(string account, string id) => (await table.FindAsync(account, id, CancellationToken.None))?.Job;
}
