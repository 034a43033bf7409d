using System.Runtime.Serialization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using PerCall.Client.Wire;
using PerCall.Functions.Journal;
using PerCall.Functions.Pricing;
using PerCall.Functions.Storage.Turns;
using PerCall.Functions.Tenancy;

namespace PerCall.Functions.Predictions;

/// <summary>The progress of a prediction.</summary>
public enum PredictionState
{
    Queued,

    /// <summary>The prediction is running, or its instance died. Nothing was charged.</summary>
    Processing,

    /// <summary>The output and the intent to charge are stored. Only the journal knows whether the charge was appended.</summary>
    Answered,

    /// <summary>The prediction is charged.</summary>
    Succeeded,
    Failed,
    Canceled,
}

/// <summary>A row of the table <c>predictions</c>.</summary>
public sealed class PredictionRow : ITurnRow
{
    public const string Route = "/v1/predictions";
    public const string IdPrefix = "prd_";

    /// <summary>The columns that lists read.</summary>
    public static readonly string[] Columns =
    [
        nameof(PartitionKey), nameof(RowKey), nameof(Id), nameof(State), nameof(Task), nameof(Model), nameof(Version), nameof(ErrorCode),
        nameof(ErrorMessage), nameof(CreatedAt), nameof(CompletedAt),
    ];

    /// <summary>The account.</summary>
    public string PartitionKey { get; set; } = "";

    public string RowKey { get; set; } = "";

    public DateTimeOffset? Timestamp { get; set; }

    public ETag ETag { get; set; }

    public int Format { get; set; }

    public string Id { get; set; } = "";

    public string State { get; set; } = nameof(PredictionState.Queued);

    public string Tenant { get; set; } = "";

    /// <summary>The id of the key that asked for the prediction.</summary>
    public string Key { get; set; } = "";

    /// <summary>The plan at that time, as far as it concerns this prediction.</summary>
    public string Terms { get; set; } = "";

    public string Task { get; set; } = "";

    public string Model { get; set; } = "";

    public string Version { get; set; } = "";

    /// <summary>The name of the blob with the input.</summary>
    public string Input { get; set; } = "";

    public string? Webhook { get; set; }

    /// <summary>The fingerprint of the request, if it had an Idempotency-Key.</summary>
    public string? Fingerprint { get; set; }

    /// <summary>The key of the row that finds the prediction by its Idempotency-Key.</summary>
    public string? Alias { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset? CompletedAt { get; set; }

    public DateTimeOffset? LookAfter { get; set; }

    public string? Watch { get; set; }

    public string? Place { get; set; }

    /// <summary>How often a sweep has sent a message that no instance received.</summary>
    public int Resent { get; set; }

    /// <summary>A random id for each run, so that runs do not overwrite each other's outputs.</summary>
    public string? Claim { get; set; }

    public DateTimeOffset? ClaimedUntil { get; set; }

    /// <summary>Runs that failed through their own fault or their instance's.</summary>
    public int Tries { get; set; }

    /// <summary>How often the model had no capacity.</summary>
    public int Postponed { get; set; }

    /// <summary>The output if it is short.</summary>
    public byte[]? Output { get; set; }

    /// <summary>The name of the output's blob if the output is long.</summary>
    public string? OutputBlob { get; set; }

    public string? ErrorCode { get; set; }

    public string? ErrorMessage { get; set; }

    /// <summary>The charge in micro-units.</summary>
    public long Cost { get; set; }

    public long Units { get; set; }

    /// <summary>With the next two properties: the journal position of <see cref="Intent"/>, or that of an earlier run.</summary>
    public string? JournalGeneration { get; set; }

    public string? JournalBlob { get; set; }

    public long JournalOffset { get; set; }

    /// <summary>All predictions of an account share one lane.</summary>
    [IgnoreDataMember]
    public string Lane => "";

    [IgnoreDataMember]
    public PredictionState Progress
    {
        get => Enum.Parse<PredictionState>(State);
        set => State = value.ToString();
    }

    [IgnoreDataMember]
    public bool HasEnded => Progress >= PredictionState.Succeeded;

    /// <summary>Null unless <see cref="PredictionState.Answered"/>. While the prediction is running, nothing is appended.</summary>
    [IgnoreDataMember]
    public ChargeIntent? Intent =>
        Progress == PredictionState.Answered ? new(Id, new(JournalGeneration!, JournalBlob!, JournalOffset)) : null;

    /// <summary>The caller who asked for the prediction, with the terms at that time.</summary>
    [IgnoreDataMember]
    public Caller Caller
    {
        get => new(Tenant, PartitionKey, Key, KeyRoles.Call, JsonSerializer.Deserialize(Terms, PredictionJson.Default.PlanTerms)!);
        set =>
            (Tenant, PartitionKey, Key, Terms) = (
                value.Tenant, value.Account, value.Key, JsonSerializer.Serialize(value.Terms, PredictionJson.Default.PlanTerms));
    }

    /// <summary>Sets the state to <see cref="PredictionState.Answered"/>, with the charge and the intent to append it.</summary>
    public void MarkAnswered(ChargeIntent intent, UsageEvents charge)
    {
        (JournalGeneration, JournalBlob, JournalOffset) = (intent.Generation, intent.Position.Blob, intent.Position.Offset);
        (Cost, Units) = (charge.Charge, charge.Units);
        Progress = PredictionState.Answered;
    }

    /// <param name="output">The output, if it is wanted.</param>
    public Prediction ToWire(byte[]? output) => new()
    {
        Id = Id,
        Status = Progress == PredictionState.Answered ? "processing" : State.ToLowerInvariant(),
        Task = Task,
        Model = $"{Model}/{Version}",
        Output = output is null ? null : JsonSerializer.Deserialize(output, WireJson.Default.JsonElement),
        Error = ErrorCode is { } code ? new(code, ErrorMessage ?? "") : null,
        CreatedAt = CreatedAt,
        CompletedAt = CompletedAt,
        Urls = new($"{Route}/{Id}", $"{Route}/{Id}/cancel"),
    };
}

[JsonSerializable(typeof(PlanTerms))]
public sealed partial class PredictionJson : JsonSerializerContext;
