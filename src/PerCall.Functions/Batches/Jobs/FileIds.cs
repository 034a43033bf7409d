using System.Buffers;

namespace PerCall.Functions.Batches.Jobs;

/// <summary>
/// Creates and parses file ids. An input file's id is <c>file-</c> and the same suffix as in job ids, so that the newest sorts first. A
/// result file's id is <c>file-out-</c>, <c>file-err-</c> or <c>file-csv-</c> and the suffix of its job's id.
/// </summary>
public static class FileIds
{
    private const string Prefix = "file-";
    private const string JobPrefix = "batch_";

    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdef");

    private static readonly Dictionary<ResultFile, string> Results = new()
    {
        [ResultFile.Output] = "file-out-",
        [ResultFile.Errors] = "file-err-",
        [ResultFile.Table] = "file-csv-",
    };

    public static string New(DateTimeOffset now) => Prefix + JobIds.New(now)[JobPrefix.Length..];

    public static bool AreInput(string id) =>
        id.StartsWith(Prefix, StringComparison.Ordinal) && JobIds.AreFit(
            JobPrefix + id[Prefix.Length..]) && id.AsSpan(Prefix.Length).IndexOfAnyExcept(Hex) < 0;

    public static string Of(string job, ResultFile file) => Results[file] + job[JobPrefix.Length..];

    /// <summary>Parses the id of a result file into the job id and the kind of file; null: not the id of a result file.</summary>
    public static (string Job, ResultFile File)? ResultOf(string id)
    {
        foreach (var (file, prefix) in Results)
        {
            if (id.StartsWith(prefix, StringComparison.Ordinal) && JobIds.AreFit(JobPrefix + id[prefix.Length..]))
            {
                return (JobPrefix + id[prefix.Length..], file);
            }
        }

        return null;
    }
}
