using Microsoft.Extensions.Options;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Planning;
using PerCall.Functions.Batches.Shards;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;

namespace PerCall.Functions.Batches.Quotes;

/// <summary>Opens the first rows of a file. Reads compressed files directly, without storing an unpacked copy.</summary>
public sealed class QuoteRows(RowSource source, IOptions<BatchOptions> options)
{
    /// <summary>The number of bytes to read after a row of maximum length, so that a longer row is recognized as too long.</summary>
    private const int Beyond = 1 << 20;

    public Task<InputProbe> ProbeAsync(JobInput input, IInputReader scorer, string? encoding, CancellationToken cancellation) =>
        InputProbe.ReadAsync(source, input, Uri.UnescapeDataString(input.FileName), scorer, encoding, cancellation);

    /// <exception cref="RefusedException">The file is not an archive, the task does not accept pictures, or the unpacked data is too large.
    /// The last can also be thrown while rows are read.</exception>
    public async Task<QuotedRows> OpenAsync(JobInput input, InputProbe probe, IInputReader scorer, CancellationToken cancellation)
    {
        var most = options.Value.QuotedBytes;
        if (probe.Format == InputFormat.Zip)
        {
            var archive = new ArchiveReader(
                source, input, await source.DirectoryAsync(input, scorer, cancellation), (IFileScorer)scorer, most);
            return new QuotedArchive(archive, input, most);
        }

        // The record reader needs the byte before the first record.
        var start = Math.Max(0, probe.Start - 1);
        var file = new BoundedStream(source.Open(input, probe.Gzip ? 0 : start, Math.Min(input.Bytes, most)), long.MaxValue);
        var unpacked = probe.Gzip ? new UnpackedStream(file, input.Bytes, options.Value.MaxUnpackedBytes) : null;
        // The last record is read to its end, or until it certainly exceeds the maximum size.
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
        /// <summary>The minimum size of a row that is not empty: one byte and its line end.</summary>
        private const int LeastBytes = 2;

        public override long Read => reader.Offset;

        public override bool IsEnough => reader.Offset >= most;

        public override QuotedSize SizeOf(long rows)
        {
            if (unpacked is null ? reader.Offset >= input.Bytes : text.HasEnded)
            {
                return new(rows, rows, reader.Offset, reader.Offset, false);
            }

            // Extrapolate the size of a compressed file from the ratio of text read to compressed bytes read.
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

    /// <summary>Reads all pictures of an archive, slice by slice of its directory.</summary>
    private sealed class ArchiveReader(RowSource source, JobInput input, ZipDirectory directory, IFileScorer scorer, long most) : IRowReader
    {
        private const int Pictures = 500;

        /// <summary>The size of a directory entry without its name.</summary>
        private const int LeastBytes = 46;

        private Queue<ShardCut>? _cuts;
        private ZipReader? _reader;
        private ShardCut _current;
        private ShardCut _last;
        private long _counted;
        private long _read;
        private long _blank;

        public long Blank => _blank + (_reader?.Blank ?? 0);

        /// <summary>Returns the number of unpacked bytes of the pictures read so far.</summary>
        public long Bytes { get; private set; }

        /// <summary>Returns the estimated number of unread pictures according to the directory, and their maximum number.</summary>
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

        /// <summary>Cuts the directory. Of a very long directory, cuts only the beginning.</summary>
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
