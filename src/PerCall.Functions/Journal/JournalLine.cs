using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using PerCall.Functions.Pricing;
using PerCall.Functions.Storage.Formats;

namespace PerCall.Functions.Journal;

/// <summary>A line of the journal: a CloudEvent (1.0), or a mark that ends the blob.</summary>
public sealed record JournalLine
{
    private const string UsageType = "percall.usage";
    private const string VoidType = "percall.usage.void";
    private const string SourcePrefix = "percall/";

    public string? Specversion { get; init; }

    /// <summary>The number of the <see cref="StorageFormat"/>; null: the line is from before there was one.</summary>
    public int? Format { get; init; }

    public string? Id { get; init; }

    public string? Source { get; init; }

    public string? Type { get; init; }

    public string? Subject { get; init; }

    public DateTimeOffset? Time { get; init; }

    public JournalData? Data { get; init; }

    public JournalClose? Close { get; init; }

    public JournalFenceMark? Fence { get; init; }

    [JsonIgnore]
    public bool IsMark => Close is not null || Fence is not null;

    public static JournalLine From(JournalClose close) => new() { Format = StorageFormat.Written, Close = close };

    public static JournalLine From(JournalFenceMark fence) => new() { Format = StorageFormat.Written, Fence = fence };

    public static JournalLine From(UsageEvent usage, string generation) => new()
    {
        Specversion = "1.0",
        Format = StorageFormat.Written,
        Id = usage.Id,
        Source = SourcePrefix + generation,
        Type = usage.Voids is null ? UsageType : VoidType,
        Subject = usage.Account,
        Time = usage.Time,
        Data = new JournalData
        {
            Key = usage.Key,
            Operation = usage.Operation,
            Model = usage.Model,
            ModelVersion = usage.ModelVersion,
            Unit = usage.Price.Unit,
            Units = usage.Units,
            FreeUnits = usage.FreeUnits,
            Price = new(usage.Price.Micros, usage.Price.Per, usage.Price.Operation, usage.Price.Model),
            Plan = usage.Plan,
            PlanVersion = usage.PlanVersion,
            Currency = usage.Currency,
            Charge = usage.Charge,
            Lease = usage.Lease,
            Voids = usage.Voids,
            Of = usage.Of,
            Basis = usage.Basis,
            Cost = usage.Cost,
        },
    };

    /// <exception cref="InvalidDataException">The line is neither an event nor a mark.</exception>
    public UsageEvent ToEvent() => this is { Id: { } id, Subject: { } account, Time: { } time, Data: { } data }
        ? new UsageEvent
        {
            Id = id,
            Time = time,
            Account = account,
            Key = data.Key,
            Operation = data.Operation,
            Model = data.Model,
            ModelVersion = data.ModelVersion,
            Units = data.Units,
            FreeUnits = data.FreeUnits,
            Price = new Price(data.Price.Operation, data.Price.Model, data.Unit, data.Price.Micros, data.Price.Per),
            Plan = data.Plan,
            PlanVersion = data.PlanVersion,
            Currency = data.Currency,
            Charge = data.Charge,
            Lease = data.Lease,
            Voids = data.Voids,
            Of = data.Of,
            Basis = data.Basis,
            Cost = data.Cost,
        }
        : throw new InvalidDataException("A journal line must be an event or a mark, and this line is neither.");

    /// <summary>Writes the line and its line feed.</summary>
    public void WriteTo(IBufferWriter<byte> buffer)
    {
        using (var writer = new Utf8JsonWriter(buffer))
        {
            JsonSerializer.Serialize(writer, this, JournalJson.Default.JournalLine);
        }

        buffer.Write("\n"u8);
    }

    public byte[] ToBytes()
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        WriteTo(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    /// <param name="line">The line without its line feed.</param>
    /// <exception cref="StorageFormatException">A newer or much older program wrote the line.</exception>
    public static JournalLine Parse(ReadOnlySpan<byte> line)
    {
        var parsed = JsonSerializer.Deserialize(line, JournalJson.Default.JournalLine)
            ?? throw new InvalidDataException("A journal line is null.");
        StorageFormat.Require(parsed.Format, "A line of the journal");
        return parsed;
    }
}

/// <summary>The data of a charge; see <see cref="UsageEvent"/>.</summary>
public sealed record JournalData
{
    public required string Key { get; init; }

    public required string Operation { get; init; }

    public required string Model { get; init; }

    public required string ModelVersion { get; init; }

    public required string Unit { get; init; }

    public required long Units { get; init; }

    public required long FreeUnits { get; init; }

    public required JournalPrice Price { get; init; }

    public required string Plan { get; init; }

    public required int PlanVersion { get; init; }

    public required string Currency { get; init; }

    public required long Charge { get; init; }

    public required long Lease { get; init; }

    public string? Voids { get; init; }

    public string? Of { get; init; }

    public string? Basis { get; init; }

    public long? Cost { get; init; }
}

/// <summary>A price: micro-units per number of units, with the operation and model patterns of the plan.</summary>
public sealed record JournalPrice(long Micros, long Per, string Operation, string Model);

/// <summary>A mark of the writer: the chain continues in the blob <paramref name="Next"/>; null: the chain has ended.</summary>
public sealed record JournalClose(string? Next);

/// <summary>A mark of another process, which closed the chain here.</summary>
public sealed record JournalFenceMark(DateTimeOffset Time);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(JournalLine))]
public sealed partial class JournalJson : JsonSerializerContext;
