using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.Functions.Batches.Calls;
using PerCall.Functions.Batches.Files;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Results;
using PerCall.Functions.Telemetry;

namespace PerCall.Functions.Batches.Shards;

/// <summary>
/// Processes shards of calls on a large model in turns. A shard that does not finish in its turn keeps the answers that have arrived, and
/// goes back to the queue. Like any shard it can run twice, but its row is written once.
/// </summary>
public sealed partial class CallRunner(
    JobCache jobs, JobTable table, ShardTable shards, ShardQueue queue, ShardPresence presence, RowSource source, ResultFiles files,
    KeptRows keptRows, CallModels models, CallSender sender, CallSlots slots, ScoringThreads threads, IOptions<BatchOptions> options,
    TimeProvider time, ILogger<CallRunner> log)
{
    private const string ShardFailed = "shard_failed";
    private const string Interrupted = "The instance stopped during each attempt to process this part of the file.";
    private const int DelayGrains = 1000;

    private static readonly IReadOnlyDictionary<long, KeptRow> None = new Dictionary<long, KeptRow>();

    private readonly BatchOptions _options = options.Value;

    /// <param name="message">The shard to process.</param>
    /// <param name="received">How often the queue has delivered the message, including this time.</param>
    /// <param name="cancellation">Cancels the work. Another attempt starts over, with the answers that were kept.</param>
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

        if (again && await presence.IsHeldElsewhereAsync(held, cancellation))
        {
            // The other instance may be slow, but not dead. Its calls would be sent and billed twice.
            await DeferAsync(message, cancellation);
            return;
        }

        await presence.PublishAsync(cancellation);
        ShardTrial? trial = null;
        if (again)
        {
            var before = await shards.TrialAsync(job.Id, message.Shard, cancellation);
            trial = before.Next(_options.ShardTries);
            if (trial is null)
            {
                LogGivenUp(job.Id, message.Shard, before.Begun, before.Why);
                await FailAsync(job, message, new(ShardFailed, before.Why ?? Interrupted), cancellation);
                return;
            }

            await shards.SetTrialAsync(job.Id, message.Shard, trial, cancellation);
        }

        try
        {
            await TakeTurnAsync(job, message, held, cancellation);
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

    private async Task TakeTurnAsync(Job job, ShardMessage message, ShardPresence.Held held, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        var plan = job.Plan!;
        var reader = models.ReaderOf(plan);
        var attempt = RandomNumberGenerator.GetHexString(8, lowercase: true);
        using var writer = Writer(job, message, attempt);
        await using var rows = await source.OpenAsync(plan, message.Cut, reader, cancellation);
        var kept = message.Kept || message.Tries > 0 ? await keptRows.ReadAsync(job, message.Shard, cancellation) : None;
        var turn = new CallTurn(time, _options.CallTurn, _options.CallPatience);
        var pipeline = new CallPipeline(
            job.Account, reader, RowSource.Parser(plan, reader), sender, slots, threads, turn, _options.CallTries, log);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var watching = WatchAsync(job, () => held.Rows = writer.Delivered + writer.Failed, ending);
        bool isWhole;
        try
        {
            isWhole = await pipeline.RunAsync(rows, writer, kept, ending.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // The batch has ended. What is not done now is neither delivered nor charged.
            return;
        }
        catch (Exception)
        {
            await KeepAsync(job, message, pipeline);
            throw;
        }
        finally
        {
            await ending.CancelAsync();
            await watching;
        }

        if (!isWhole)
        {
            await KeepAsync(job, message, pipeline);
            await GiveBackAsync(message with { Kept = true, Tries = 0 }, turn.Rest, held, cancellation);
            return;
        }

        await EndAsync(job, message, attempt, writer, time.GetElapsedTime(started), cancellation);
    }

    private async Task FailAsync(Job job, ShardMessage message, RowFault fault, CancellationToken cancellation)
    {
        var reader = models.ReaderOf(job.Plan!);
        var attempt = RandomNumberGenerator.GetHexString(8, lowercase: true);
        using var writer = Writer(job, message, attempt);
        await using var rows = await source.OpenAsync(job.Plan!, message.Cut, reader, cancellation);
        await RowScoring.FailAllAsync(rows, RowSource.Parser(job.Plan!, reader), writer, fault, cancellation);
        await EndAsync(job, message, attempt, writer, TimeSpan.Zero, cancellation);
    }

    private async Task EndAsync(
        Job job, ShardMessage message, string attempt, ResultWriter writer, TimeSpan took, CancellationToken cancellation)
    {
        await writer.StageAsync(all: true, cancellation);
        var row = ShardRow.FromCalls(job.Id, message.Shard, attempt, writer, took);
        await shards.TryAddAsync(row, cancellation);
        Measures.BatchRows(job.Plan!.Model, row.Delivered, row.Failed);
    }

    /// <summary>Keeps the answers, also while the instance stops.</summary>
    private async Task KeepAsync(Job job, ShardMessage message, CallPipeline pipeline)
    {
        if (pipeline.Kept.Count == 0 || !jobs.GoesOn(job.Account, job.Id))
        {
            return;
        }

        await keptRows.WriteAsync(job, message.Shard, pipeline.Kept, CancellationToken.None);
        // If the batch has ended meanwhile, its working data may have been removed before this was written.
        if (!JobCache.IsRunning((await table.FindAsync(job.Account, job.Id, CancellationToken.None))?.Job))
        {
            await keptRows.RemoveAsync(job, message.Shard);
        }
    }

    private async Task GiveBackAsync(ShardMessage message, TimeSpan delay, ShardPresence.Held held, CancellationToken cancellation)
    {
        await queue.SendAsync(message, delay, cancellation);
        held.GiveBack(delay);
    }

    /// <summary>
    /// Sends a message again that did not hold its shard, and so does not count as holding it until then. Otherwise the message would find
    /// its own earlier turn when it comes back, and two messages each other's, for ever. For the same reason the time varies.
    /// </summary>
    private Task DeferAsync(ShardMessage message, CancellationToken cancellation)
    {
        var more = RandomNumberGenerator.GetInt32(DelayGrains) / (double)DelayGrains;
        return queue.SendAsync(message, presence.Patience * (1 + more), cancellation);
    }

    private ResultWriter Writer(Job job, ShardMessage message, string attempt) => new(
        job.Id,
        job.Plan!.Style,
        file => new(files.Blob(job, file), message.Shard, attempt, job.Plan.PartBytes, ShardParts.Most(job.Plan.Shards)),
        delimiter: null);

    /// <summary>Reports progress, and cancels running calls when the batch ends. A call can take minutes.</summary>
    private async Task WatchAsync(Job job, Action report, CancellationTokenSource ending)
    {
        while (!ending.IsCancellationRequested)
        {
            report();
            if (!jobs.GoesOn(job.Account, job.Id))
            {
                await ending.CancelAsync();
                return;
            }

            await Task.Delay(_options.JobAge, time, ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Shard {Shard} of {Job} was started {Times} times and never finished; reporting its rows as failed: {Why}")]
    private partial void LogGivenUp(string job, int shard, int times, string? why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The input file of {Job} was changed or deleted ({Code})")]
    private partial void LogInputLost(string job, string code);
}
