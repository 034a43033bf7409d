using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace PerCall.Functions.Batches.Jobs;

/// <summary>
/// Jobs as workers see them: what was ordered and planned, which stays, and whether it goes on, which is a few seconds old at most.
/// </summary>
public sealed class JobCache(JobTable table, IOptions<BatchOptions> options, TimeProvider time)
{
    private const int MaxEntries = 1000;

    private readonly ConcurrentDictionary<string, (Task<Job?> Reading, long At)> _known = new(StringComparer.Ordinal);

    /// <summary>Null: there is no such job.</summary>
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

    /// <summary>
    /// The same, of a job that has come to a stage, as one knows by a message of that stage: what is known of it from before is read anew.
    /// </summary>
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

    /// <summary>Whether there is any use in going on with a job's shards. Never waits: what is old is read anew beside.</summary>
    public bool GoesOn(string account, string id) =>
        FindAsync(account, id) is not { IsCompletedSuccessfully: true } reading || IsRunning(reading);

    public static bool IsRunning(Job? job) => job is { Stage: JobStage.Run, Ending: null };

    // Banned by its name alone: the task has ended.
    private static bool IsRunning(Task<Job?> ended) => IsRunning(ended.GetAwaiter().GetResult());

    private async Task<Job?> ReadAsync(string account, string id) => (await table.FindAsync(account, id, CancellationToken.None))?.Job;
}
