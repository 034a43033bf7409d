using System.Text;
using System.Text.Json;
using Azure.Storage.Blobs;

namespace PerCall.Testing.Charges;

/// <summary>A charge as it stands in the journal, read without the service's code.</summary>
/// <param name="Id">The answer's id.</param>
/// <param name="Account">Who pays.</param>
/// <param name="Units">Negative where a charge is taken back.</param>
/// <param name="FreeUnits">Of them, those that cost nothing.</param>
/// <param name="Charge">Micro-units.</param>
/// <param name="Line">The whole line.</param>
public sealed record WrittenCharge(string Id, string Account, long Units, long FreeUnits, long Charge, string Line)
{
    public required string Model { get; init; }

    /// <summary>The unit's name.</summary>
    public required string Unit { get; init; }

    /// <summary>The id of the call's first event; null: this is the first.</summary>
    public string? Of { get; init; }

    /// <summary>The id of the event that this one takes back; null: it takes none back.</summary>
    public string? Voids { get; init; }

    /// <summary>What the units of a large model are based on: <c>reported</c> or <c>counted</c>.</summary>
    public string? Basis { get; init; }

    /// <summary>What the provider bills, in micro-units; null: unknown.</summary>
    public long? Cost { get; init; }

    /// <summary>All charges of all instances.</summary>
    public static async Task<IReadOnlyList<WrittenCharge>> ReadAllAsync(string connectionString, CancellationToken cancellation)
    {
        var container = new BlobContainerClient(connectionString, "usage");
        var charges = new List<WrittenCharge>();
        await foreach (var blob in container.GetBlobsAsync(cancellationToken: cancellation))
        {
            if (!blob.Name.EndsWith(".jsonl", StringComparison.Ordinal))
            {
                continue;
            }

            var content = (await container.GetBlobClient(blob.Name).DownloadContentAsync(cancellation)).Value.Content.ToMemory();
            foreach (var line in Encoding.UTF8.GetString(content.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                if (Parse(line) is { } charge)
                {
                    charges.Add(charge);
                }
            }
        }

        return charges;
    }

    /// <returns>Null for a mark of the journal itself.</returns>
    private static WrittenCharge? Parse(string line)
    {
        using var json = JsonDocument.Parse(line);
        if (!json.RootElement.TryGetProperty("specversion", out _))
        {
            return null;
        }

        var data = json.RootElement.GetProperty("data");
        return new(
            json.RootElement.GetProperty("id").GetString()!,
            json.RootElement.GetProperty("subject").GetString()!,
            data.GetProperty("units").GetInt64(),
            data.GetProperty("free_units").GetInt64(),
            data.GetProperty("charge").GetInt64(),
            line)
        {
            Model = data.GetProperty("model").GetString()!,
            Unit = data.GetProperty("unit").GetString()!,
            Of = Text(data, "of"),
            Voids = Text(data, "voids"),
            Basis = Text(data, "basis"),
            Cost = data.TryGetProperty("cost", out var cost) && cost.ValueKind == JsonValueKind.Number ? cost.GetInt64() : null,
        };
    }

    private static string? Text(JsonElement data, string name) => data.TryGetProperty(name, out var text) ? text.GetString() : null;
}
