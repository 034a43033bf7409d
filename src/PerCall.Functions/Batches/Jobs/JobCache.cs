using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace PerCall.Functions.Batches.Jobs;

/// <summary>
/// Caches jobs for workers. The order and the plan do not change; whether the job continues is at most a few seconds out of date.
/// </summary>
public sealed class JobCache(JobTable table, IOptions<BatchOptions> options, TimeProvider time)
{
    private const int MaxEntries = 1000;

    private readonly ConcurrentDictionary<string, Copy> _known = new(StringComparer.Ordinal);

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

        var before = known.Reading is { IsCompletedSuccessfully: true } read ? read : known.Before;
        var reading = ReadAsync(account, id);
        _known[id] = new(reading, before, time.GetTimestamp());
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

    /// <summary>
    /// Returns whether to continue with a job's shards. Never waits: an outdated copy is refreshed in the background, and counts until
    /// then. Otherwise a caller that asks less often than a copy becomes outdated would never learn that the job has ended.
    /// </summary>
    public bool GoesOn(string account, string id)
    {
        var reading = FindAsync(account, id);
        return reading.IsCompletedSuccessfully ? IsRunning(reading)
            : _known.GetValueOrDefault(id).Before is not { } before || !IsOver(before);
    }

    public static bool IsRunning(Job? job) => job is { Stage: JobStage.Run, Ending: null };

    // The API is banned by name only; the task has already completed.
    private static bool IsRunning(Task<Job?> ended) => IsRunning(ended.GetAwaiter().GetResult());

    // A copy from before the job ran says nothing.
    private static bool IsOver(Task<Job?> ended) => ended.GetAwaiter().GetResult() is not { Stage: <= JobStage.Run, Ending: null };

    private async Task<Job?> ReadAsync(string account, string id) => (await table.FindAsync(account, id, CancellationToken.None))?.Job;

    /// <param name="Reading">The last request for the job.</param>
    /// <param name="Before">The last request before it that was answered; null: there was none.</param>
    /// <param name="At">When the last request began.</param>
    private readonly record struct Copy(Task<Job?> Reading, Task<Job?>? Before, long At);
}
