using Azure;
using Azure.Storage.Blobs;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;
using PerCall.Functions.Storage;
using PerCall.Inference.Packages;

namespace PerCall.Functions.Batches.Shards;

/// <summary>Opens parts of a job's file.</summary>
public sealed class RowSource(BlobContainers containers)
{
    /// <summary>The number of rows of average length to read after the end of a part, for the record that continues there.</summary>
    private const int SlackRows = 4;
    private const int LeastSlack = 4 << 10;
    private const int MostSlack = 1 << 20;

    public BlobClient Blob(JobInput input) => containers[input.Container].GetBlobClient(input.Blob);

    /// <summary>Opens the file at an offset.</summary>
    public BlobPart Open(JobInput input, long from, long likely) => new(Blob(input), new ETag(input.ETag), from, likely);

    /// <summary>Opens the rows of a shard.</summary>
    /// <exception cref="InputLostException">The file has changed or was deleted.</exception>
    public async Task<IRowReader> OpenAsync(JobPlan plan, ShardCut cut, IInputReader scorer, CancellationToken cancellation)
    {
        if (plan.Format == InputFormat.Zip)
        {
            return await OpenArchiveAsync(plan.Source, plan.Directory, cut, (IFileScorer)scorer, cancellation);
        }

        var start = Math.Max(0, cut.From - 1);
        var likely = Math.Min(plan.Source.Bytes, cut.To + (plan.ShardBytes > 0 ? SlackOf(plan) : 0)) - start;
        return plan.RowFormat.Read(Open(plan.Source, start, likely), new(cut.From, cut.To, cut.Line), scorer);
    }

    /// <summary>Opens the pictures of a slice of an archive's directory.</summary>
    public async Task<ZipReader> OpenArchiveAsync(
        JobInput input, long directory, ShardCut cut, IFileScorer scorer, CancellationToken cancellation) =>
        await ZipReader.OpenAsync(
            await ZipSlice.OpenAsync(Blob(input), new ETag(input.ETag), directory, cut.From, cut.To, cancellation), cut.Line, scorer,
            cancellation);

    /// <summary>Reads an archive's directory.</summary>
    /// <exception cref="RefusedException">The archive is incomplete, or the task does not accept pictures.</exception>
    public Task<ZipDirectory> DirectoryAsync(JobInput input, IInputReader scorer, CancellationToken cancellation) => scorer is IFileScorer
        ? ZipDirectory.FindAsync(Blob(input), new ETag(input.ETag), input.Bytes, cancellation)
        : throw RefusedException.BadRequest(
            "archive_of_pictures",
            $"A ZIP archive must contain pictures, but {NameOf(scorer)} does not accept pictures; "
                + "allowed: JSON Lines, CSV.");

    /// <summary>Creates the parser for a job's rows.</summary>
    public static RowParser Parser(JobPlan plan, IInputReader scorer) =>
        plan.RowFormat.Parser(scorer, plan.Style, [plan.ModelName, .. plan.ModelNames]);

    private static string NameOf(IInputReader reader) => reader is ITaskScorer scorer ? ManifestNames.Of(scorer.Task) : reader.Endpoint;

    private static long SlackOf(JobPlan plan) =>
        Math.Clamp(SlackRows * (plan.ShardBytes / Math.Max(1, plan.ShardRows)), LeastSlack, MostSlack);
}
