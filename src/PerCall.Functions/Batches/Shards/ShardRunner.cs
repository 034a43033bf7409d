using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.Functions.Batches.Files;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Results;
using PerCall.Functions.Scoring;
using PerCall.Functions.Telemetry;
using PerCall.Inference;
using PerCall.Inference.Redaction;
using PerCall.Inference.Registry;
using PerCall.Inference.Sessions;

namespace PerCall.Functions.Batches.Shards;

/// <summary>
/// Processes shards: reads the shard's part of the file, scores it, stages the results, and writes the shard's row last. A shard can run
/// twice, but its row is written once.
/// </summary>
public sealed partial class ShardRunner(
    JobCache jobs, JobTable table, ShardTable shards, ShardTurns turns, ShardPresence presence, ScoringThreads threads, RowSource source,
    ResultFiles files, TaskScorers scorers, ModelRegistry registry, Fallbacks fallbacks, Redactor redactor,
    IOptions<BatchOptions> options, TimeProvider time, ILogger<ShardRunner> log)
{
    private const string ShardFailed = "shard_failed";
    private const string Interrupted = "The instance stopped during each attempt to process this part of the file.";
    private const string Fatal = "The instance stopped each time the model ran on this row.";

    /// <summary>
    /// The maximum output size of a shard that lets another shard start while its results are stored. Larger outputs could take up too much
    /// memory.
    /// </summary>
    private const int LittleBytes = 1 << 20;

    private static readonly TimeSpan BusyPause = TimeSpan.FromSeconds(2);

    private readonly BatchOptions _options = options.Value;
    private readonly TimeProvider _time = time;

    /// <param name="message">The shard to process.</param>
    /// <param name="received">How often the queue has delivered the message, including this time.</param>
    /// <param name="cancellation">Cancels the work. Another attempt starts over.</param>
    public async Task RunAsync(ShardMessage message, long received, CancellationToken cancellation)
    {
        if (await jobs.FindAsync(message.Account, message.Job, JobStage.Run) is not { } job || !JobCache.IsRunning(job))
        {
            return;
        }

        using var held = presence.Hold(job.Id, message.Shard);
        var again = received > 1 || message.Tries > 0;
        if (again && await shards.IsDoneAsync(job.Id, message.Shard, cancellation))
        {
            return;
        }

        using var turn = again ? await turns.EnterAloneAsync(cancellation) : await turns.EnterAsync(message, held, cancellation);
        // The message may have been delivered twice, and the other delivery had its turn first.
        if (turn is null || (again && await shards.IsDoneAsync(job.Id, message.Shard, cancellation)))
        {
            return;
        }

        ShardTrial? trial = null;
        if (again)
        {
            var before = await shards.TrialAsync(job.Id, message.Shard, cancellation);
            trial = before.Next(_options.ShardTries);
            if (trial is null)
            {
                LogGivenUp(job.Id, message.Shard, before.Begun, before.Why);
                await RunAsync(
                    job, message, held, scored: null, notes: null, new RowFault(ShardFailed, before.Why ?? Interrupted), cancellation);
                return;
            }

            await shards.SetTrialAsync(job.Id, message.Shard, trial, cancellation);
        }

        var notes = trial is { Notes: true }
            ? new RowNotes(trial, t => shards.SetTrialAsync(job.Id, message.Shard, t, CancellationToken.None))
            : null;
        try
        {
            await RunAsync(job, message, held, again ? null : turn, notes, given: null, cancellation);
        }
        catch (InputLostException e)
        {
            LogInputLost(job.Id, e.Code);
            await table.FailAsync(job.Account, job.Id, new(e.Code, e.Message));
        }
        catch (Exception e) when (trial is not null)
        {
            // The process continues or shuts down as requested, so no row is to blame.
            await shards.SetTrialAsync(
                job.Id,
                message.Shard,
                trial.Failed(cancellation.IsCancellationRequested ? trial.Why : RowFault.Of(e).Message),
                CancellationToken.None);
            throw;
        }
    }

    /// <param name="job">The job.</param>
    /// <param name="message">The shard to process.</param>
    /// <param name="held">Receives the progress.</param>
    /// <param name="scored">Disposed when all rows are scored and there is little to store, so that another shard can start; null: do not
    /// let another shard start early.</param>
    /// <param name="notes">Records rows before they are scored; null: rows are not recorded.</param>
    /// <param name="given">The fault for every row, so that none is scored; null: the rows are scored.</param>
    /// <param name="cancellation">Cancels the work.</param>
    private async Task RunAsync(
        Job job,
        ShardMessage message,
        ShardPresence.Held held,
        IDisposable? scored,
        RowNotes? notes,
        RowFault? given,
        CancellationToken cancellation)
    {
        var started = _time.GetTimestamp();
        TurnShare.Current = job.Account;
        var plan = job.Plan!;
        var scorer = scorers.Of(job.Order.Task!.Value);
        var attempt = RandomNumberGenerator.GetHexString(8, lowercase: true);
        using var lease = given is null ? await AcquireAsync($"{plan.ModelName}/{plan.ModelVersion}", cancellation) : null;
        using var writer = new ResultWriter(
            job.Id,
            plan.Style,
            file => new(files.Blob(job, file), message.Shard, attempt, plan.PartBytes, ShardParts.Most(plan.Shards)),
            plan.Format == InputFormat.Csv ? plan.Delimiter : null);
        await using var reader = await source.OpenAsync(plan, message.Cut, scorer, cancellation);
        var parser = RowSource.Parser(plan, scorer);
        bool GoesOn()
        {
            held.Rows = writer.Delivered + writer.Failed;
            return jobs.GoesOn(job.Account, job.Id);
        }

        var pipeline = lease is null ? null : new RowPipeline(lease.Model, scorer, parser, threads, _time, plan.RowsPerSecond)
        {
            Use = new()
            {
                OpenFallback = (_, _, token) => OpenAsync(plan.Fallback, token),
                Redact = plan.Redact ? redactor.Redact : null,
            },
        };
        if (lease is { Model.IsLarge: true })
        {
            // The shard waits for the network. Another one can use the processor.
            scored?.Dispose();
        }

        var all = pipeline is null ? await RowScoring.FailAllAsync(reader, parser, writer, given!, cancellation)
            : notes is null ? await pipeline.RunAsync(reader, writer, GoesOn, cancellation)
            : await pipeline.RunAsync(reader, writer, notes, new(ShardFailed, Fatal), GoesOn, cancellation);
        if (!all)
        {
            return;
        }

        if (writer.Bytes <= LittleBytes)
        {
            scored?.Dispose();
        }

        await writer.StageAsync(all: true, cancellation);
        var row = ShardRow.From(job.Id, message.Shard, attempt, writer, _time.GetElapsedTime(started));
        row.Set(writer.Fallback);
        await shards.TryAddAsync(row, cancellation);
        Measures.BatchRows($"{plan.ModelName}/{plan.ModelVersion}", row.Delivered, row.Failed);
    }

    /// <summary>Acquires the fallback that was priced when the batch was planned. The batch's hold covers its rows.</summary>
    private async ValueTask<ModelLease?> OpenAsync(JobFallback? fallback, CancellationToken cancellation) => fallback is null
        ? null
        : await fallbacks.OpenAsync($"{fallback.Model}/{fallback.Version}", _ => new(true), cancellation);

    private async Task<ModelLease> AcquireAsync(string model, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                return await registry.AcquireAsync(model, cancellation);
            }
            catch (ModelBusyException)
            {
                // Running models use all of the memory. A batch can wait.
                await Task.Delay(BusyPause, _time, cancellation);
            }
        }
    }

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Shard {Shard} of {Job} was started {Times} times and never finished; reporting its rows as failed: {Why}")]
    private partial void LogGivenUp(string job, int shard, int times, string? why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The input file of {Job} was changed or deleted ({Code})")]
    private partial void LogInputLost(string job, string code);
}
