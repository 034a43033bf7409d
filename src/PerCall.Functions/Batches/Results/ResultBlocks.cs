using System.Globalization;
using System.Text;

namespace PerCall.Functions.Batches.Results;

/// <summary>
/// Builds the names of result blocks from the shard, the attempt and the part. A shard that runs twice has blocks of two attempts; the
/// shard's row determines which of them are used.
/// </summary>
public static class ResultBlocks
{
    /// <summary>Returns the name of a file's first block, if the file has a header.</summary>
    public static string Header => Encode("header-00000000-0000");

    /// <param name="shard">The shard number, 0 to 999,999.</param>
    /// <param name="attempt">The attempt's id, eight characters.</param>
    /// <param name="part">The part number, 0 to 9,999.</param>
    public static string Id(int shard, string attempt, int part) =>
        Encode(string.Create(CultureInfo.InvariantCulture, $"{shard:000000}-{attempt}-{part:0000}"));

    // All block ids of a blob must have the same length.
    private static string Encode(string id) => Convert.ToBase64String(Encoding.ASCII.GetBytes(id));
}
