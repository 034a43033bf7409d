using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using PerCall.Functions.Batches.Files;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Batches.Shards;

/// <summary>
/// Keeps the answers of a shard of calls between its turns, so that the calls are not sent again. It only saves calls: without it, the
/// shard's next turn sends all of them.
/// </summary>
public sealed class KeptRows(WorkFiles files)
{
    /// <summary>The maximum size of the kept answers of a shard. A shard with longer ones does not give way.</summary>
    public const int MostBytes = 32 << 20;

    /// <summary>Returns what is kept for a shard, by line number.</summary>
    public async Task<IReadOnlyDictionary<long, KeptRow>> ReadAsync(Job job, int shard, CancellationToken cancellation)
    {
        try
        {
            var content = (await files.Blob(job, NameOf(shard)).DownloadContentAsync(cancellation)).Value.Content;
            var rows = new Dictionary<long, KeptRow>();
            foreach (var line in Encoding.UTF8.GetString(content).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                var row = JsonSerializer.Deserialize(line, KeptJson.Default.KeptRow)!;
                rows[row.Line] = row;
            }

            return rows;
        }
        catch (RequestFailedException e) when (e.IsNotFound())
        {
            return new Dictionary<long, KeptRow>();
        }
    }

    public async Task WriteAsync(Job job, int shard, IEnumerable<KeptRow> rows, CancellationToken cancellation)
    {
        using var content = new MemoryStream();
        foreach (var row in rows)
        {
            JsonSerializer.Serialize(content, row, KeptJson.Default.KeptRow);
            content.WriteByte((byte)'\n');
        }

        content.Position = 0;
        await files.Blob(job, NameOf(shard)).UploadAsync(content, cancellationToken: cancellation);
    }

    /// <summary>Removes a shard's answers, if there are any.</summary>
    public Task RemoveAsync(Job job, int shard) => files.Blob(job, NameOf(shard)).DeleteIfExistsAsync();

    private static string NameOf(int shard) => string.Create(CultureInfo.InvariantCulture, $"answers-{shard:000000}");
}

/// <summary>What is known of a row between the turns of its shard.</summary>
public sealed record KeptRow
{
    /// <summary>The row's line number.</summary>
    public required long Line { get; init; }

    /// <summary>The answer as JSON in UTF-8; null: the row has none.</summary>
    public ReadOnlyMemory<byte>? Answer { get; init; }

    public CallTokens Tokens { get; init; }

    /// <summary>Why the provider refused the row; null: it did not.</summary>
    public RowFault? Fault { get; init; }

    /// <summary>How often the row's call failed, although other calls succeeded.</summary>
    public int Failures { get; init; }

    /// <summary>Whether the row needs no further call.</summary>
    [JsonIgnore]
    public bool IsDone => Answer is not null || Fault is not null;

    [JsonIgnore]
    public int Bytes => Answer?.Length ?? 0;
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(KeptRow))]
public sealed partial class KeptJson : JsonSerializerContext;
