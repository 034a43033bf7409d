using System.Globalization;
using System.Text;

namespace PerCall.Functions.Batches.Results;

/// <summary>
/// Names of the blocks that results are put together from: the shard, the attempt at it, and the part. A shard that is done twice has
/// blocks of two attempts; which of them count, the shard's row says.
/// </summary>
public static class ResultBlocks
{
    /// <summary>Of a file's first block, where it has a header.</summary>
    public static string Header => Encode("header-00000000-0000");

    /// <param name="shard">0 to 999,999.</param>
    /// <param name="attempt">Eight characters.</param>
    /// <param name="part">0 to 9,999.</param>
    public static string Id(int shard, string attempt, int part) =>
        Encode(string.Create(CultureInfo.InvariantCulture, $"{shard:000000}-{attempt}-{part:0000}"));

    // All ids of a blob have to be of one length.
    private static string Encode(string id) => Convert.ToBase64String(Encoding.ASCII.GetBytes(id));
}
