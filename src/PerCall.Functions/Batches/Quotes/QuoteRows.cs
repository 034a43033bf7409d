using Microsoft.Extensions.Options;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Planning;
using PerCall.Functions.Batches.Shards;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;

namespace PerCall.Functions.Batches.Quotes;

/// <summary>
/// Opens the rows with which a file begins, straight out of its compression: nothing is unpacked into storage for a quote.
/// </summary>
public sealed class QuoteRows(RowSource source, IOptions<BatchOptions> options)
{
    /// <summary>Read behind a row of the longest length, so that a longer one is seen to be that.</summary>
    private const int Beyond = 1 << 20;

    public Task<InputProbe> ProbeAsync(JobInput input, ITaskScorer scorer, string? encoding, CancellationToken cancellation) =>
        InputProbe.ReadAsync(source, input, Uri.UnescapeDataString(input.FileName), scorer, encoding, cancellation);

    /// <exception cref="RefusedException">It is no archive, or of another task's; or, also while it is read, it unpacks to too
    /// much.</exception>
    public async Task<QuotedRows> OpenAsync(JobInput input, InputProbe probe, ITaskScorer scorer, CancellationToken cancellation)
    {
        var most = options.Value.QuotedBytes;
        if (probe.Format == InputFormat.Zip)
        {
            var archive = new ArchiveReader(
                source, input, await source.DirectoryAsync(input, scorer, cancellation), (IFileScorer)scorer, most);
            return new QuotedArchive(archive, input, most);
        }

        // Records are looked for from the byte before the first one on.
        var start = Math.Max(0, probe.Start - 1);
        var file = new BoundedStream(source.Open(input, probe.Gzip ? 0 : start, Math.Min(input.Bytes, most)), long.MaxValue);
        var unpacked = probe.Gzip ? new UnpackedStream(file, input.Bytes, options.Value.MaxUnpackedBytes) : null;
        // The last record is read to its end, or until it is surely too long.
        var text = new BoundedStream(unpacked as Stream ?? file, most + scorer.MaxBytes + Beyond);
        if (unpacked is not null)
        {
            await text.ReadExactlyAsync(new byte[start], cancellation);
        }

        var reader = probe.RowFormat.Read(text, new(probe.Start, Math.Max(most, probe.Start + 1), probe.StartLine), scorer);
        return new QuotedRecords(reader, input, probe.Start, text, file, unpacked, most);
    }

    private sealed class QuotedRecords(
        RecordReader reader, JobInput input, long start, BoundedStream text, BoundedStream file, UnpackedStream? unpacked, long most)
        : QuotedRows(reader)
    {
        /// <summary>Of a row that is not empty: one byte, and the end of its line.</summary>
        private const int LeastBytes = 2;

        public override long Read => reader.Offset;

        public override bool IsEnough => reader.Offset >= most;

        public override QuotedSize SizeOf(long rows)
        {
            if (unpacked is null ? reader.Offset >= input.Bytes : text.HasEnded)
            {
                return new(rows, rows, reader.Offset, reader.Offset, false);
            }

            // Of a compressed file, by how much of it has become how much text.
            var bytes = unpacked is null ? input.Bytes : Math.Max(
                text.Count, (long)((Int128)text.Count * input.Bytes / Math.Max(1, file.Count)));
            if (bytes > unpacked?.Limit)
            {
                throw unpacked.TooLarge();
            }

            var mostBytes = unpacked?.Limit ?? bytes;
            return new(
                (long)((Int128)rows * (bytes - start) / Math.Max(1, reader.Offset - start)),
                rows + ((mostBytes - reader.Offset + LeastBytes - 1) / LeastBytes),
                bytes,
                mostBytes,
                true);
        }
    }

    private sealed class QuotedArchive(ArchiveReader reader, JobInput input, long most) : QuotedRows(reader)
    {
        public override long Read => reader.Bytes;

        public override bool IsEnough => reader.Bytes >= most;

        public override QuotedSize SizeOf(long rows)
        {
            var (pictures, atMost) = reader.PicturesBehind();
            return new(rows + pictures, rows + atMost, input.Bytes, input.Bytes, atMost > 0);
        }
    }

    /// <summary>All pictures of an archive, slice after slice of its directory.</summary>
    private sealed class ArchiveReader(RowSource source, JobInput input, ZipDirectory directory, IFileScorer scorer, long most) : IRowReader
    {
        private const int Pictures = 500;

        /// <summary>Of an entry of the directory, without its name.</summary>
        private const int LeastBytes = 46;

        private Queue<ShardCut>? _cuts;
        private ZipReader? _reader;
        private ShardCut _current;
        private ShardCut _last;
        private long _counted;
        private long _read;
        private long _blank;

        public long Blank => _blank + (_reader?.Blank ?? 0);

        /// <summary>Bytes of pictures that have been read, unpacked.</summary>
        public long Bytes { get; private set; }

        /// <summary>Pictures that have not been read, as the directory has them; and those that there can be at most.</summary>
        public (long Pictures, long AtMost) PicturesBehind()
        {
            var known = (_current.Rows - _read) + (_cuts?.Sum(c => c.Rows) ?? 0);
            var rest = directory.Offset + directory.Length - _last.To;
            var guessed = rest <= 0 ? 0 : (long)((Int128)_counted * rest / Math.Max(1, _last.To - directory.Offset));
            return (known + guessed, known + (Math.Max(0, rest) / LeastBytes));
        }

        public async ValueTask<bool> ReadAsync(RowBatch batch, int most, CancellationToken cancellation)
        {
            if (_cuts is null)
            {
                await CutAsync(cancellation);
            }

            while (true)
            {
                if (_reader is not null)
                {
                    var before = batch.Rows.Count;
                    if (await _reader.ReadAsync(batch, most, cancellation))
                    {
                        _read += batch.Rows.Count - before;
                        Bytes += batch.Rows.Skip(before).Sum(r => (long)r.Length);
                        return true;
                    }
                }

                await DisposeAsync();
                if (!_cuts!.TryDequeue(out var cut))
                {
                    return false;
                }

                _reader = await source.OpenArchiveAsync(input, directory.Offset, cut, scorer, cancellation);
                (_current, _read) = (cut, 0);
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (_reader is not null)
            {
                _blank += _reader.Blank;
                await _reader.DisposeAsync();
                _reader = null;
                (_current, _read) = (default, 0);
            }
        }

        /// <summary>Of a very long directory, the beginning.</summary>
        private async Task CutAsync(CancellationToken cancellation)
        {
            await using var stream = source.Open(input, directory.Offset, Math.Min(most, directory.Length));
            var cuts = await ZipCutter.CutAsync(
                stream, directory, Pictures, (int)Math.Clamp(most / (LeastBytes * ZipCutter.MostEntries), 1, int.MaxValue), cancellation);
            _cuts = new(cuts);
            _counted = cuts.Sum(c => c.Rows);
            _last = cuts.Count > 0 ? cuts[^1] : new(directory.Offset, directory.Offset + directory.Length, 1, 0);
        }
    }
}
