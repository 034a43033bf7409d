using System.Buffers;
using System.IO.Hashing;

namespace PerCall.Functions.Batches.Quotes;

/// <summary>
/// Counts repeated items by 64-bit hashes. Among two million items, two different ones share a hash in one of ten million files. Hashes are
/// grouped by their first byte, stored in pieces that are never copied, and sorted at the end, so each needs little more than its eight
/// bytes.
/// </summary>
/// <param name="most">The maximum number of items to remember. Later items are ignored.</param>
public sealed class KnownHashes(int most)
{
    private const int Groups = 256;
    private const int Piece = 512;
    private const int FirstPiece = 32;

    private readonly List<ulong[]>?[] _pieces = new List<ulong[]>?[Groups];
    private readonly int[] _counts = new int[Groups];
    private readonly int[] _free = new int[Groups];
    private int _count;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (_count == most)
        {
            return;
        }

        _count++;
        var hash = XxHash3.HashToUInt64(bytes);
        var group = (int)(hash >> 56);
        var pieces = _pieces[group] ??= [];
        if (_free[group] == 0)
        {
            pieces.Add(new ulong[_free[group] = pieces.Count == 0 ? FirstPiece : Piece]);
        }

        pieces[^1][^_free[group]--] = hash;
        _counts[group]++;
    }

    /// <summary>Returns the number of items that repeat an earlier item.</summary>
    public long Repeated()
    {
        var sorted = ArrayPool<ulong>.Shared.Rent(Math.Max(1, _counts.Max()));
        var repeated = 0L;
        for (var group = 0; group < Groups; group++)
        {
            var hashes = sorted.AsSpan(0, _counts[group]);
            var copied = 0;
            foreach (var piece in _pieces[group] ?? [])
            {
                var length = Math.Min(piece.Length, hashes.Length - copied);
                piece.AsSpan(0, length).CopyTo(hashes[copied..]);
                copied += length;
            }

            hashes.Sort();
            for (var i = 1; i < hashes.Length; i++)
            {
                repeated += hashes[i] == hashes[i - 1] ? 1 : 0;
            }
        }

        ArrayPool<ulong>.Shared.Return(sorted);
        return repeated;
    }
}
