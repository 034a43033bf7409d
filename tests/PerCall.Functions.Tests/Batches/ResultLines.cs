using System.Text;
using System.Text.Json.Nodes;
using PerCall.Functions.Batches.Files;
using PerCall.Functions.Batches.Jobs;
using Xunit;

namespace PerCall.Functions.Tests.Batches;

/// <summary>Reads the files that batches end with.</summary>
internal static class ResultLines
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The lines of a job's file; none if the job has no such file.</summary>
    public static async Task<List<JsonNode>> LinesAsync(this ResultFiles files, Job job, ResultFile file)
    {
        var blob = files.Blob(job, file);
        return await blob.ExistsAsync(Cancellation)
            ? [.. Encoding.UTF8.GetString((await blob.DownloadContentAsync(Cancellation)).Value.Content)
                .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!)]
            : [];
    }
}
