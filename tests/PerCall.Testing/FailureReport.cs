using System.Globalization;
using System.Text;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;

namespace PerCall.Testing;

/// <summary>The state of processes and of their storage, for the message of a wait that failed.</summary>
internal static class FailureReport
{
    private const int MostJobs = 20;
    private const int MostCharacters = 6000;

    /// <summary>
    /// The last lines of each process, then the queues' lengths, the open batches and the unanswered requests of each storage.
    /// </summary>
    /// <param name="services">Processes; none: every storage that runs is reported.</param>
    /// <param name="withOutput">Whether the lines of the processes are wanted.</param>
    public static async Task<string> WriteAsync(IReadOnlyCollection<ServiceProcess> services, bool withOutput = true)
    {
        var report = new StringBuilder();
        foreach (var service in withOutput ? services : [])
        {
            report.Append(CultureInfo.InvariantCulture, $"\n\nProcess {service.Id}:\n{service.Report}");
        }

        var storages = services.Where(s => s.Storage is not null).Select(s => (Storage: s.Storage!, Kept: s.KeptStorage!)).Distinct()
            .ToList();
        foreach (var (storage, kept) in storages.Count > 0
            ? storages
            : [.. AzuriteFixture.Running.SelectMany(a => new[] { a.ConnectionString, a.KeptConnectionString }.Select(c => (c, c)))])
        {
            await AppendAsync(report, "Queues", () => QueuesAsync(storage));
            await AppendAsync(report, "Open batches", () => JobsAsync(kept));
            await AppendAsync(report, "Requests that storage has not answered", () => UnansweredAsync(storage));
        }

        return report.ToString();
    }

    /// <summary>The failure is to be reported even if the storage is the cause of it.</summary>
    private static async Task AppendAsync(StringBuilder report, string title, Func<Task<List<string>>> read)
    {
        try
        {
            var lines = await read().WaitAsync(TimeSpan.FromSeconds(5));
            report.Append(CultureInfo.InvariantCulture, $"\n\n{title}:\n{(lines.Count > 0 ? string.Join('\n', lines) : "none")}");
        }
        catch (Exception e)
        {
            report.Append(CultureInfo.InvariantCulture, $"\n\n{title}: {e.GetType().Name}: {e.Message.Split('\n')[0]}");
        }
    }

    private static async Task<List<string>> UnansweredAsync(string storage)
    {
        using var http = new HttpClient();
        var open = await http.GetStringAsync(new Uri(new BlobServiceClient(storage).Uri, "/~open"));
        return [.. open.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    private static async Task<List<string>> QueuesAsync(string storage)
    {
        var service = new QueueServiceClient(storage);
        List<string> lines = [];
        await foreach (var queue in service.GetQueuesAsync())
        {
            var properties = await service.GetQueueClient(queue.Name).GetPropertiesAsync();
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"{queue.Name}: {properties.Value.ApproximateMessagesCount}"));
        }

        return lines;
    }

    private static async Task<List<string>> JobsAsync(string storage)
    {
        var jobs = new TableClient(storage, "jobs");
        List<string> lines = [];
        await foreach (var open in jobs.QueryAsync<TableEntity>(r => r.PartitionKey == "~open"))
        {
            var (account, id) = (open.RowKey.Split('~')[0], open.RowKey.Split('~')[^1]);
            var row = await jobs.GetEntityIfExistsAsync<TableEntity>(account, id);
            var text = row.HasValue ? row.Value!.GetString("Job") : "is not there";
            lines.Add($"{id} {text[..Math.Min(text.Length, MostCharacters)]}");
        }

        return lines.Count > MostJobs ? [.. lines[..MostJobs], $"and {lines.Count - MostJobs} more"] : lines;
    }
}
