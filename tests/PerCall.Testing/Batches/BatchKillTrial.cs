using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using PerCall.Client;
using PerCall.Client.Wire;
using PerCall.Testing.Charges;

namespace PerCall.Testing.Batches;

/// <summary>What came of a trial.</summary>
/// <param name="Faults">What differed from what has to be; empty: it held.</param>
/// <param name="Kills">Instances that were killed.</param>
/// <param name="StorageKills">How often storage was killed.</param>
/// <param name="Seconds">From the order to the end.</param>
/// <param name="Delivered">Rows.</param>
public sealed record BatchKillResult(IReadOnlyList<string> Faults, int Kills, int StorageKills, double Seconds, long Delivered);

/// <summary>
/// A batch while instances are killed (SIGKILL) at random moments, and storage, too. Afterwards every row has to be in the output or among
/// the errors, once and in order, and the charge has to be the rows that were delivered. All the while somebody looks whether a file of
/// results is there before it is whole.
/// </summary>
/// <param name="azurite">Storage; it writes through, if it is to be killed.</param>
/// <param name="start">Starts an instance.</param>
/// <param name="seed">Of the moments.</param>
public sealed class BatchKillTrial(AzuriteFixture azurite, Func<Task<ServiceProcess>> start, int seed)
{
    /// <summary>Kills come before this part of the rows is done.</summary>
    private const double LastKill = 0.8;

    /// <summary>The storage of tables and charges; null: the service has one account.</summary>
    public string? Kept { get; init; }

    private readonly Random _random = new(seed);
    private ServiceProcess?[] _instances = [];
    private long _lastKill;

    /// <param name="instances">At once.</param>
    /// <param name="kills">Of instances.</param>
    /// <param name="storageKills">Of storage.</param>
    /// <param name="input">The file.</param>
    /// <param name="key">Of the tenant.</param>
    /// <param name="tenant">Its id.</param>
    /// <param name="model">That runs.</param>
    /// <param name="cancellation">Ends the trial.</param>
    public async Task<BatchKillResult> RunAsync(
        int instances, int kills, int storageKills, BatchInput input, string key, string tenant, string model,
        CancellationToken cancellation)
    {
        _instances = await Task.WhenAll(Enumerable.Range(0, instances).Select(async Task<ServiceProcess?> (_) => await start()));
        List<string> faults = [];
        try
        {
            var file = await Client(key).CreateFileAsync(new MemoryStream(input.Content), "rows.jsonl", cancellation);
            var ordered = TimeProvider.System.GetTimestamp();
            var batch = await Client(key).CreateBatchAsync(
                new() { InputFileId = file.Id, Endpoint = "/v1/text/classify", Model = model }, cancellation);
            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var watch = WatchAsync(tenant, batch.Id, over.Token);
            var killing = KillAsync(batch.Id, input.Good.Count + input.Bad.Count, kills, storageKills, over.Token);

            var ended = await EndedAsync(key, batch.Id, cancellation);
            var seconds = TimeProvider.System.GetElapsedTime(ordered).TotalSeconds;
            await over.CancelAsync();
            var (killed, storageKilled) = await killing;
            faults.AddRange(await watch);
            if (ended is not { Status: "completed" })
            {
                faults.Add($"stuck or failed: {ended?.Status ?? "unknown"} after {seconds:0} s, {ended?.RequestCounts}, {ended?.Progress}, {ended?.Errors?.Data[0].Message}"
                    + await FailureReport.WriteAsync([.. _instances.OfType<ServiceProcess>()]));
                return new(faults, killed, storageKilled, seconds, 0);
            }

            faults.AddRange((await BatchOutcome.ReadAsync(Client(key), ended, cancellation)).Faults(input));
            faults.AddRange(await ChargeFaultsAsync(ended, input, cancellation));
            return new(faults, killed, storageKilled, seconds, ended.RequestCounts.Completed);
        }
        finally
        {
            foreach (var instance in _instances)
            {
                await (instance?.DisposeAsync() ?? ValueTask.CompletedTask);
            }
        }
    }

    private async Task<IReadOnlyList<string>> ChargeFaultsAsync(Batch batch, BatchInput input, CancellationToken cancellation)
    {
        List<string> faults = [];
        var written = await WrittenCharge.ReadAllAsync(Kept ?? azurite.ConnectionString, cancellation);
        var charges = written.Where(c => c.Id == batch.Id).ToList();
        if (charges.Count != 1 || charges[0].Units != input.Good.Count)
        {
            faults.Add(
                $"charge: {charges.Count} events with {string.Join(", ", charges.Select(c => c.Units))} units, where one with {input.Good.Count} is due");
        }

        if (batch.Cost!.Units != input.Good.Count || batch.RequestCounts != new BatchCounts(
            input.Good.Count + input.Bad.Count, input.Good.Count, input.Bad.Count))
        {
            faults.Add(
                $"counts: {batch.Cost.Units} units and {batch.RequestCounts}, where {input.Good.Count} and {input.Bad.Count} are due");
        }

        return faults;
    }

    private PerCallClient Client(string key)
    {
        var address = _instances.First(i => i is not null)!.Address;
        return PerCallClient.Connect(address, key);
    }

    /// <summary>
    /// The batch when it has ended, or when it has not changed for <see cref="ProcessOutput.Patience"/> since the last kill.
    /// </summary>
    private async Task<Batch?> EndedAsync(string key, string id, CancellationToken cancellation)
    {
        Batch? last = null;
        var done = 0L;
        var changed = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(Math.Max(changed, Interlocked.Read(ref _lastKill))) < ProcessOutput.Patience)
        {
            try
            {
                var batch = await Client(key).GetBatchAsync(id, cancellation);
                if (batch.Status is "completed" or "failed" or "cancelled" or "expired")
                {
                    return batch;
                }

                var now = await RowsDoneAsync(id, cancellation);
                if (now != done || batch.Status != last?.Status)
                {
                    changed = TimeProvider.System.GetTimestamp();
                }

                (done, last) = (now, batch);
            }
            catch (Exception e)
                when (e is HttpRequestException or PerCallException or InvalidOperationException or RequestFailedException
                    or AggregateException or TaskCanceledException && !cancellation.IsCancellationRequested)
            {
                // The instance that was asked has been killed, or has no storage; another is asked the next time.
            }

            await Task.Delay(100, cancellation);
        }

        return last;
    }

    private async Task<(int Killed, int StorageKilled)> KillAsync(
        string batch, int rows, int kills, int storageKills, CancellationToken over)
    {
        var (killed, storageKilled) = (0, 0);
        var order = Enumerable.Repeat(true, kills).Concat(Enumerable.Repeat(false, storageKills)).OrderBy(_ => _random.Next()).ToList();
        // By rows that are done and not by time, so that a fast machine has its kills in the middle of the batch as a slow one has.
        var moments = order.Select(_ => _random.NextDouble() * LastKill * rows).Order().ToList();
        foreach (var (isInstance, moment) in order.Zip(moments))
        {
            try
            {
                await DoneAsync(batch, moment, over);
            }
            catch (OperationCanceledException)
            {
                break;
            }

            if (isInstance)
            {
                var victim = _random.Next(_instances.Length);
                await _instances[victim]!.KillAsync();
                await _instances[victim]!.DisposeAsync();
                _instances[victim] = null;
                _instances[victim] = await start();
                killed++;
            }
            else
            {
                await azurite.KillAsync();
                await azurite.StartAsync();
                storageKilled++;
            }

            Interlocked.Exchange(ref _lastKill, TimeProvider.System.GetTimestamp());
        }

        return (killed, storageKilled);
    }

    /// <summary>Waits until so many rows are done.</summary>
    private async Task DoneAsync(string batch, double rows, CancellationToken over)
    {
        while (true)
        {
            try
            {
                if (await RowsDoneAsync(batch, over) >= rows)
                {
                    return;
                }
            }
            catch (Exception e) when (e is RequestFailedException or AggregateException)
            {
                // Storage has been killed.
            }

            await Task.Delay(20, over);
        }
    }

    private async Task<long> RowsDoneAsync(string batch, CancellationToken cancellation)
    {
        var done = 0L;
        var shards = new TableClient(Kept ?? azurite.ConnectionString, "shards");
        await foreach (var shard in shards.QueryAsync<TableEntity>(e => e.PartitionKey == batch, cancellationToken: cancellation))
        {
            done += char.IsAsciiDigit(shard.RowKey[0]) ? shard.GetInt64("Delivered")!.Value + shard.GetInt64("Failed")!.Value : 0;
        }

        return done;
    }

    /// <summary>A file that is there has the length that it will have for ever.</summary>
    private async Task<IReadOnlyList<string>> WatchAsync(string tenant, string batch, CancellationToken over)
    {
        var container = new BlobContainerClient(azurite.ConnectionString, "results");
        var seen = new Dictionary<string, HashSet<long>>(StringComparer.Ordinal);
        while (!over.IsCancellationRequested)
        {
            try
            {
                await foreach (var blob in container.GetBlobsAsync(new() { Prefix = $"{tenant}/{batch}/" }, over))
                {
                    if (!blob.Name.EndsWith("summary.json", StringComparison.Ordinal))
                    {
                        (seen.TryGetValue(blob.Name, out var lengths) ? lengths : seen[blob.Name] = []).Add(
                            blob.Properties.ContentLength ?? -1);
                    }
                }

                await Task.Delay(20, over);
            }
            catch (Exception e) when (e is OperationCanceledException or Azure.RequestFailedException or AggregateException)
            {
                // It is over, or storage has been killed.
            }
        }

        return [.. seen.Where(s => s.Value.Count > 1).Select(s => $"half-written: {s.Key} had the lengths {string.Join(", ", s.Value)}")];
    }
}
