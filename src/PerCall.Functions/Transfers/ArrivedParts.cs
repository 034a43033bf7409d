using System.Globalization;
using System.Text;
using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Transfers;

/// <summary>
/// The parts of a file that have arrived, as uncommitted blocks of its blob. A block's name has its offset, its length and the file's
/// length, so any instance can continue the file, and a block is never replaced by another one.
/// </summary>
/// <param name="Blocks">Blocks that join to the file's beginning, in order.</param>
/// <param name="Length">Their length in bytes.</param>
/// <param name="OtherTotal">The length of another file of which parts have arrived; null: all parts are of this file.</param>
public sealed record ArrivedParts(IReadOnlyList<string> Blocks, long Length, long? OtherTotal)
{
    /// <summary>The length of all block names: storage requires one length for all blocks of a blob.</summary>
    public const int NameLength = 32;

    // No name of a block that is not a part begins like this.
    private const string Mark = "part";
    private const int OffsetDigits = 10;
    private const int LengthDigits = 7;

    /// <summary>Returns a block's name.</summary>
    /// <param name="offset">The block's offset in the file.</param>
    /// <param name="length">The block's length in bytes.</param>
    /// <param name="total">The file's length in bytes.</param>
    public static string Name(long offset, int length, long total) =>
        string.Create(CultureInfo.InvariantCulture, $"{Mark}{offset:x10}{length:x7}{total:x11}");

    /// <summary>Reads what has arrived of a file of a length.</summary>
    public static async Task<ArrivedParts> ReadAsync(BlockBlobClient blob, long total, CancellationToken cancellation)
    {
        try
        {
            var list = await blob.GetBlockListAsync(BlockListTypes.Uncommitted, cancellationToken: cancellation);
            return Join(list.Value.UncommittedBlocks.Select(b => b.Name), total);
        }
        catch (RequestFailedException e) when (e.IsBlobNotFound())
        {
            return new([], 0, null);
        }
    }

    /// <summary>
    /// Finds the blocks that reach farthest from the file's beginning. Blocks of two requests can overlap, so there can be several ways.
    /// </summary>
    private static ArrivedParts Join(IEnumerable<string> ids, long total)
    {
        var blocks = ids.Select(id => (Id: id, Name: Encoding.ASCII.GetString(Convert.FromBase64String(id))))
            .Where(b => b.Name.Length == NameLength && b.Name.StartsWith(Mark, StringComparison.Ordinal))
            .Select(b => (b.Id, Offset: Number(b.Name, Mark.Length, OffsetDigits),
                Length: Number(b.Name, Mark.Length + OffsetDigits, LengthDigits),
                Total: Number(b.Name, Mark.Length + OffsetDigits + LengthDigits, NameLength - Mark.Length - OffsetDigits - LengthDigits)))
            .ToLookup(b => b.Total == total);
        var reached = new Dictionary<long, (string Id, long Offset)> { [0] = ("", -1) };
        foreach (var block in blocks[true].OrderBy(b => b.Offset))
        {
            if (reached.ContainsKey(block.Offset))
            {
                reached.TryAdd(block.Offset + block.Length, (block.Id, block.Offset));
            }
        }

        var length = reached.Keys.Max();
        var way = new List<string>();
        for (var at = length; at > 0; at = reached[at].Offset)
        {
            way.Add(reached[at].Id);
        }

        way.Reverse();
        return new(way, length, blocks[false].Select(b => (long?)b.Total).FirstOrDefault());
    }

    private static long Number(string name, int start, int digits) =>
        long.Parse(name.AsSpan(start, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
