using System.Text.Json.Serialization;
using Azure;
using Azure.Storage.Blobs.Models;
using PerCall.Functions.Batches.Files;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Results;
using PerCall.Functions.Batches.Shards;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Batches.Steps;

/// <summary>
/// The shards that make up a job's results and are charged for. It never changes once written. Shards finished later, by an instance that
/// did not know that the job had ended, are neither included nor charged.
/// </summary>
public sealed record Settlement
{
    /// <summary>The shards, in the order of the file.</summary>
    public required IReadOnlyList<SettledShard> Shards { get; init; }

    [JsonIgnore]
    public RowCounts Rows => Shards.Aggregate(default(RowCounts), (sum, s) => sum + s.Counts);

    public IEnumerable<string> BlocksOf(ResultFile file) =>
        Shards.SelectMany(s => Enumerable.Range(0, s.PartsOf(file)).Select(part => ResultBlocks.Id(s.Shard, s.Attempt, part)));

    public long BytesOf(ResultFile file) => Shards.Sum(s => s.BytesOf(file));
}

/// <summary>A shard in a settlement; see <see cref="ShardRow"/>.</summary>
public sealed record SettledShard(
    int Shard,
    string Attempt,
    long Delivered,
    long Failed,
    int Output,
    int Errors,
    int Table,
    long OutputBytes,
    long ErrorBytes,
    long TableBytes,
    long CallUnits = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] CallTokens Tokens = default,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] FallbackRows Fallback = default)
{
    [JsonIgnore]
    public RowCounts Counts => new(Delivered, Failed, CallUnits, Tokens, Fallback);

    public int PartsOf(ResultFile file) => file switch
    {
        ResultFile.Output => Output,
        ResultFile.Errors => Errors,
        _ => Table,
    };

    public long BytesOf(ResultFile file) => file switch
    {
        ResultFile.Output => OutputBytes,
        ResultFile.Errors => ErrorBytes,
        _ => TableBytes,
    };
}

/// <summary>Writes settlements, at most once per job.</summary>
public sealed class Settlements(WorkFiles files, ShardTable shards)
{
    private const string Name = "settlement.json";

    /// <summary>Returns the job's settlement. If there is none, writes it with all shards that are done now.</summary>
    public async Task<Settlement> FreezeAsync(Job job, CancellationToken cancellation)
    {
        var blob = files.Blob(job, Name);
        while (true)
        {
            try
            {
                return (await blob.DownloadContentAsync(cancellation)).Value.Content.ToObjectFromJson(SettlementJson.Default.Settlement)!;
            }
            catch (RequestFailedException e) when (e.IsNotFound())
            {
                // The settlement does not exist yet.
            }

            var settlement = new Settlement
            {
                Shards = await shards.DoneAsync(job.Id, 0, cancellation)
                    .Select(r => new SettledShard(
                        r.Shard(),
                        r.Attempt,
                        r.Delivered,
                        r.Failed,
                        r.OutputParts,
                        r.ErrorParts,
                        r.TableParts,
                        r.OutputBytes,
                        r.ErrorBytes,
                        r.TableBytes,
                        r.CallUnits,
                        r.Tokens(),
                        r.Fallback()))
                    .ToListAsync(cancellation),
            };
            try
            {
                var content = BinaryData.FromObjectAsJson(settlement, SettlementJson.Default.Settlement);
                await blob.UploadAsync(
                    content.ToStream(), new BlobUploadOptions { Conditions = new() { IfNoneMatch = ETag.All } }, cancellation);
                return settlement;
            }
            catch (RequestFailedException e) when (e.IsWriteConflict())
            {
                // Another instance wrote the settlement first; use that one.
            }
        }
    }

    /// <summary>Deletes a settlement that cannot be carried out.</summary>
    public async Task DropAsync(Job job, CancellationToken cancellation) =>
        await files.Blob(job, Name).DeleteIfExistsAsync(cancellationToken: cancellation);
}

[JsonSerializable(typeof(Settlement))]
public sealed partial class SettlementJson : JsonSerializerContext;
