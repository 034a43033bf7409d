using Azure;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Logging;
using PerCall.Functions.Batches.Files;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Results;
using PerCall.Functions.Batches.Shards;
using PerCall.Functions.Scoring;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Batches.Steps;

/// <summary>
/// Assembles a job's result files from staged blocks. Nothing is copied, and each file appears at once and complete, or not at all.
/// </summary>
public sealed partial class ResultAssembly(
    ResultFiles files, Settlements settlements, ShardTable shards, TaskScorers scorers, ILogger<ResultAssembly> log)
{
    /// <returns>The contents of the files; null: blocks have been lost, and their shards must run again.</returns>
    public async Task<JobResult?> AssembleAsync(Job job, CancellationToken cancellation)
    {
        var settlement = await settlements.FreezeAsync(job, cancellation);
        var lengths = new Dictionary<ResultFile, long?>();
        foreach (var file in ResultFiles.All)
        {
            var blocks = settlement.BlocksOf(file).ToList();
            if (blocks.Count == 0)
            {
                lengths[file] = null;
                continue;
            }

            var header = file == ResultFile.Table ? Header(job) : [];
            lengths[file] = header.Length + settlement.BytesOf(file);
            if (!await CommitAsync(job, file, header, blocks, settlement, cancellation))
            {
                return null;
            }
        }

        return new(settlement.Rows, lengths[ResultFile.Output], lengths[ResultFile.Errors], lengths[ResultFile.Table]);
    }

    private async Task<bool> CommitAsync(
        Job job, ResultFile file, byte[] header, List<string> blocks, Settlement settlement, CancellationToken cancellation)
    {
        var blob = files.Blob(job, file);
        if (header.Length > 0)
        {
            using var content = new MemoryStream(header);
            await blob.StageBlockAsync(ResultBlocks.Header, content, cancellationToken: cancellation);
            blocks.Insert(0, ResultBlocks.Header);
        }

        try
        {
            var headers = new BlobHttpHeaders { ContentType = ResultFiles.MediaTypeOf(file) };
            await blob.CommitBlockListAsync(blocks, new CommitBlockListOptions { HttpHeaders = headers }, cancellation);
            return true;
        }
        catch (RequestFailedException e)
            when (e.ErrorCode == BlobErrorCode.InvalidBlockList || e.ErrorCode == BlobErrorCode.InvalidBlobOrBlock)
        {
            LogBlocksLost(job.Id, ResultFiles.NameOf(file));
            await ForgetLostAsync(job, file, settlement, cancellation);
            return false;
        }
    }

    /// <summary>Returns the first line of a table.</summary>
    private byte[] Header(Job job)
    {
        using var part = new PartWriter(null, 0, "", int.MaxValue);
        using (var table = new TableWriter(part, job.Plan!.Delimiter))
        {
            table.Write(job.Plan.Columns!, [.. scorers.Of(job.Order.Task!.Value).Columns]);
            table.Flush();
        }

        return job.Plan.Mark ? [.. TextEncodings.Mark, .. part.Written] : part.Written.ToArray();
    }

    /// <summary>Marks shards with lost blocks as not done. Storage that failed may have kept a shard's row but not its blocks.</summary>
    private async Task ForgetLostAsync(Job job, ResultFile file, Settlement settlement, CancellationToken cancellation)
    {
        HashSet<string> there = new(StringComparer.Ordinal);
        try
        {
            var list = (await files.Blob(job, file).GetBlockListAsync(BlockListTypes.All, cancellationToken: cancellation)).Value;
            there = [.. list.CommittedBlocks.Concat(list.UncommittedBlocks).Select(b => b.Name)];
        }
        catch (RequestFailedException e) when (e.IsNotFound())
        {
            // The blob has no blocks.
        }

        foreach (var shard in settlement.Shards.Where(
            s => Enumerable.Range(0, s.PartsOf(file)).Any(p => !there.Contains(ResultBlocks.Id(s.Shard, s.Attempt, p)))))
        {
            await shards.ForgetAsync(job.Id, shard.Shard, cancellation);
        }

        await settlements.DropAsync(job, cancellation);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Storage lost blocks of {File} of {Job}; repeating their shards")]
    private partial void LogBlocksLost(string job, string file);
}
