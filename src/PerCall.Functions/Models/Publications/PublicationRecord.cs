using System.Text.Json.Serialization;
using PerCall.Client.Wire;
using PerCall.Functions.Audit;
using PerCall.Functions.Storage.Formats;
using PerCall.Inference.Publishing;

namespace PerCall.Functions.Models.Publications;

/// <summary>A publication that runs in the background, as it is stored.</summary>
public sealed record PublicationRecord
{
    public const string Queued = "queued";

    public int Format { get; init; } = StorageFormat.Written;

    /// <summary>Who publishes, for the audit log.</summary>
    public required Actor Actor { get; init; }

    /// <summary>The address of the package, possibly with a signature, until the publication has ended. Null: it is an upload.</summary>
    public string? Blob { get; init; }

    /// <summary>How a manifest is derived if the package has none.</summary>
    public DerivationSettings? Derivation { get; init; }

    /// <summary>The stage: <c>queued</c>, or what runs.</summary>
    public string Stage { get; init; } = Queued;

    /// <summary>Bytes of the stage that are done.</summary>
    public long Done { get; init; }

    /// <summary>All bytes of the stage.</summary>
    public long Total { get; init; }

    /// <summary>What was published.</summary>
    public PublishedModel? Model { get; init; }

    /// <summary>Why nothing was published.</summary>
    public Problem? Error { get; init; }

    [JsonIgnore]
    public bool IsEnded => Model is not null || Error is not null;

    /// <summary>Returns the record in the API's form.</summary>
    public PackageUploadStatus Describe(string id) => new()
    {
        Id = id,
        Status = Model is not null ? "published" : Error is not null ? "failed" : "publishing",
        Stage = IsEnded ? null : Stage,
        BytesDone = IsEnded ? null : Done,
        BytesTotal = IsEnded ? null : Total,
        Model = Model,
        Error = Error,
    };
}

/// <summary>The body of the message of a publication.</summary>
public sealed record PublicationName(string Id);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PublicationRecord))]
[JsonSerializable(typeof(PublicationName))]
internal sealed partial class PublicationJson : JsonSerializerContext;
