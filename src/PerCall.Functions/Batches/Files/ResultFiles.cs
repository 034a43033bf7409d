using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Batches.Files;

/// <summary>Accesses the container <c>results</c>, in which a job's blobs are under <c>&lt;account&gt;/&lt;job&gt;/…</c>.</summary>
public sealed class ResultFiles(BlobContainers containers)
{
    public const string Container = "results";

    public static IReadOnlyList<ResultFile> All { get; } = [ResultFile.Output, ResultFile.Errors, ResultFile.Table];

    private readonly BlobContainerClient _container = containers[Container];

    public static string NameOf(ResultFile file) => file switch
    {
        ResultFile.Output => "output.jsonl",
        ResultFile.Errors => "errors.jsonl",
        _ => "output.csv",
    };

    public static string MediaTypeOf(ResultFile file) => file == ResultFile.Table ? "text/csv; charset=utf-8" : "application/x-ndjson";

    public static string FolderOf(string account, string job) => $"{account}/{job}/";

    public BlockBlobClient Blob(Job job, ResultFile file) => Blob(job.Account, job.Id, file);

    public BlockBlobClient Blob(string account, string job, ResultFile file) =>
        _container.GetBlockBlobClient(FolderOf(account, job) + NameOf(file));

    /// <summary>Returns the blob with the job's summary, for users who read only the container.</summary>
    public BlockBlobClient Summary(Job job) => _container.GetBlockBlobClient(FolderOf(job.Account, job.Id) + "summary.json");
}
