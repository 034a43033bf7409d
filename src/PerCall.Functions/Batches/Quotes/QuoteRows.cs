using Microsoft.Extensions.Options;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Planning;
using PerCall.Functions.Batches.Shards;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;

namespace PerCall.Functions.Batches.Quotes;

/// <summary>Opens all rows of a file, one after another and straight out of its compression: nothing is unpacked into storage for a quote.</summary>
internal sealed class QuoteRows(RowSource source, IOptions<BatchOptions> options)
{
    public Task<InputProbe> ProbeAsync(JobInput input, ITaskScorer scorer, string? encoding, CancellationToken cancellation) =>
        InputProbe.ReadAsync(
            () => source.Open(input, 0, 256 << 10), Uri.UnescapeDataString(input.FileName), scorer, encoding, cancellation);

    /// <exception cref="RefusedException">It is no archive, or of another task's; or, also while it is read, it unpacks to too much.</exception>
    public async Task<IRowReader> OpenAsync(JobInput input, InputProbe probe, ITaskScorer scorer, CancellationToken cancellation)
    {
        if (probe.Format == InputFormat.Zip)
        {
            return new ArchiveReader(source, input, await source.DirectoryAsync(input, scorer, cancellation), (IFileScorer)scorer);
        }

        // Records are looked for from the byte before the first one on.
        var start = Math.Max(0, probe.Start - 1);
        Stream stream = probe.Gzip ? new UnpackedStream(source.Open(input, 0, input.Bytes), input.Bytes, options.Value.MaxUnpackedBytes) : source.Open(input, start, input.Bytes - start);
        if (probe.Gzip)
        {
            await stream.ReadExactlyAsync(new byte[start], cancellation);
        }

        return new RecordReader(
            stream,
            new(probe.Start, long.MaxValue, probe.StartLine),
            RecordScanner.Of(probe.Format, probe.Delimiter, probe.LineEnds),
            scorer.MaxBytes,
            CsvColumns.Of(probe.Columns, probe.Delimiter, scorer),
            TextEncodings.Find(probe.Encoding));
    }

    /// <summary>All pictures of an archive, slice after slice of its directory.</summary>
    private sealed class ArchiveReader(RowSource source, JobInput input, ZipDirectory directory, IFileScorer scorer) : IRowReader
    {
        private const int Pictures = 500;

        private Queue<ShardCut>? _cuts;
        private ZipReader? _reader;
        private long _blank;

        public long Blank => _blank + (_reader?.Blank ?? 0);

        public async ValueTask<bool> ReadAsync(RowBatch batch, int most, CancellationToken cancellation)
        {
            if (_cuts is null)
            {
                await using var stream = source.Open(input, directory.Offset, directory.Length);
                _cuts = new(await ZipCutter.CutAsync(stream, directory, Pictures, int.MaxValue, cancellation));
            }

            while (true)
            {
                if (_reader is not null && await _reader.ReadAsync(batch, most, cancellation))
                {
                    return true;
                }

                await DisposeAsync();
                if (!_cuts.TryDequeue(out var cut))
                {
                    return false;
                }

                _reader = await source.OpenArchiveAsync(input, directory.Offset, cut, scorer, cancellation);
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (_reader is not null)
            {
                _blank += _reader.Blank;
                await _reader.DisposeAsync();
                _reader = null;
            }
        }
    }
}
