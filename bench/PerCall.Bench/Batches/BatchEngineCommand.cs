using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using PerCall.Bench.Results;
using PerCall.Bench.Running;
using PerCall.Client;
using PerCall.Testing;

namespace PerCall.Bench.Batches;

/// <summary>
/// <c>batch-engine</c>: rows that cost nothing to score (a recommender asked for nobody: what is popular, from memory), in many shards;
/// against the same operations on the same storage and nothing else.
/// </summary>
internal static class BatchEngineCommand
{
    private const int Shards = 1000;
    private const int RowsPerShard = 1000;
    private const int Writers = 6;

    public static Command Create()
    {
        var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 3 };
        var command = new Command(
            "batch-engine", "What the batch engine adds to the storage operations that it cannot do without.") { rounds };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(rounds), cancellation));
        return command;
    }

    private static async Task RunAsync(int rounds, CancellationToken cancellation)
    {
        var report = new Report("The batch engine by itself");
        await using var bed = await ServiceBed.CreateAsync(Repository.Models, cancellation);
        await using var service = await bed.StartMeteredAsync(
            ("PerCall__Batches__ShardRows", RowsPerShard.ToString(CultureInfo.InvariantCulture)));
        var client = PerCallClient.Connect(service.Address, await ServiceBed.KeyAsync(service, null, cancellation));
        var content = Content();
        var file = await BatchRun.SendAsync(client, "rows.jsonl", new MemoryStream(content), cancellation);
        // What a process does in its first minute only, compiling above all, is not the engine's.
        _ = await BatchRun.ScoreAsync(client, file, "/v1/recommend", "shop", cancellation);

        List<(double Engine, double Bare)> found = [];
        List<double> processor = [];
        long output = 0;
        for (var round = 0; round < rounds; round++)
        {
            var before = service.ProcessorSeconds;
            var (batch, seconds) = await BatchRun.ScoreAsync(client, file, "/v1/recommend", "shop", cancellation);
            processor.Add(service.ProcessorSeconds - before);
            output = batch.Files is { } files ? files[0].Bytes : 0;
            var bare = await BareAsync(bed.ConnectionString, content, (int)(output / Shards), cancellation);
            found.Add((seconds, bare));
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"round {round + 1}: engine {seconds:0.00} s ({processor[^1]:0.0} s of processor), operations alone {bare:0.00} s"));
        }

        var (engine, limit) = (Statistics.Median(found.Select(f => f.Engine)), Statistics.Median(found.Select(f => f.Bare)));
        report.Paragraph($"""
            A batch of {Shards * RowsPerShard:N0} rows in {Shards:N0} shards that cost nothing to score, on one process over Azurite; against the storage operations of as many shards and nothing else, {Writers} at a time, from a process on
            the same machine: a message sent, received (four at a time) and deleted, a range of {content.Length / Shards:N0} bytes read, a block of {output / Shards:N0} bytes staged and a row inserted for each, and one list of blocks
            committed. Seconds from the first shard that is given out to the end, of a process that has run such a batch before; medians of {rounds} rounds in turns. **{limit / engine:0.00}** (wanted: 0.80).
            """);
        report.Table(
            ["round", "engine, s", "operations alone, s", "share", "processor of the service, s"],
            [.. found.Select(
                (f, i) => (string[])[$"{i + 1}", Number(f.Engine), Number(f.Bare), Number(f.Bare / f.Engine), Number(processor[i])])]);
        await report.WriteAsync("batch-engine", cancellation);
    }

    private static string Number(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    private static byte[] Content()
    {
        var text = new StringBuilder();
        for (var i = 0; i < Shards * RowsPerShard; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{{\"id\":\"{i:0000000}\",\"user\":\"nobody\",\"n\":1}}\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>Seconds for the operations of all shards.</summary>
    private static async Task<double> BareAsync(string storage, byte[] content, int blockBytes, CancellationToken cancellation)
    {
        var name = $"bare{Guid.NewGuid():n}"[..20];
        var container = new BlobContainerClient(storage, name);
        var queue = new QueueClient(storage, name);
        var table = new TableClient(storage, name);
        await container.CreateAsync(cancellationToken: cancellation);
        await queue.CreateAsync(cancellationToken: cancellation);
        await table.CreateAsync(cancellation);
        var input = container.GetBlobClient("input");
        await input.UploadAsync(BinaryData.FromBytes(content), cancellation);
        var output = container.GetBlockBlobClient("output");
        var block = new byte[blockBytes];
        new Random(1).NextBytes(block);

        var started = Stopwatch.GetTimestamp();
        var sending =
            Parallel.ForEachAsync(Enumerable.Range(0, Shards),
                new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = cancellation }, async (i, cancel) =>
            await queue.SendMessageAsync(new string('x', 300), cancellationToken: cancel));
        var done = 0;
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async _ =>
        {
            while (Volatile.Read(ref done) < Shards)
            {
                QueueMessage[] messages = await queue.ReceiveMessagesAsync(4, TimeSpan.FromMinutes(10), cancellation);
                foreach (var message in messages)
                {
                    var shard = Interlocked.Increment(ref next);
                    await ShardAsync(input, output, table, block, shard, content.Length / Shards, cancellation);
                    await queue.DeleteMessageAsync(message.MessageId, message.PopReceipt, cancellation);
                    Interlocked.Increment(ref done);
                }
            }
        }));
        await sending;
        await output.CommitBlockListAsync(Enumerable.Range(0, Shards).Select(BlockId), cancellationToken: cancellation);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        await container.DeleteAsync(cancellationToken: cancellation);
        await queue.DeleteAsync(cancellation);
        await table.DeleteAsync(cancellation);
        return seconds;
    }

    private static async Task ShardAsync(
        BlobClient input, BlockBlobClient output, TableClient table, byte[] block, int shard, int length, CancellationToken cancellation)
    {
        using (var part = (
            await input.DownloadStreamingAsync(
                new BlobDownloadOptions { Range = new HttpRange((long)shard * length, length) }, cancellation)).Value)
        {
            await part.Content.CopyToAsync(Stream.Null, cancellation);
        }

        await output.StageBlockAsync(BlockId(shard), new MemoryStream(block), cancellationToken: cancellation);
        await table.AddEntityAsync(
            new TableEntity(
                "job", shard.ToString("000000", CultureInfo.InvariantCulture))
            {
                ["Delivered"] = 1000L,
                ["Failed"] = 0L,
                ["Attempt"] = "01234567"
            }, cancellation);
    }

    private static string BlockId(int shard) =>
        Convert.ToBase64String(Encoding.ASCII.GetBytes(shard.ToString("000000", CultureInfo.InvariantCulture)));
}
