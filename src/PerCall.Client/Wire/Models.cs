namespace PerCall.Client.Wire;

/// <summary>The answer of <c>GET /v1/models</c>, in the shape that OpenAI's clients read.</summary>
public sealed record ModelList
{
    /// <summary>Always <c>list</c>.</summary>
    public string Object { get; init; } = "list";

    /// <summary>The models, by name.</summary>
    public required IReadOnlyList<ModelSummary> Data { get; init; }
}

/// <summary>One model, in short.</summary>
public sealed record ModelSummary
{
    /// <summary>The model's name: what a call gives as <c>model</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Always <c>model</c>.</summary>
    public string Object { get; init; } = "model";

    /// <summary>When its newest version was published, in seconds since 1970.</summary>
    public required long Created { get; init; }

    /// <summary>Always <c>percall</c>.</summary>
    public string OwnedBy { get; init; } = "percall";

    /// <summary>What it is for, for example <c>image-classification</c>.</summary>
    public required string Task { get; init; }

    /// <summary>One sentence.</summary>
    public required string Description { get; init; }

    /// <summary>Versions by alias; a call without a version gets <c>production</c>.</summary>
    public required IReadOnlyDictionary<string, string> Aliases { get; init; }

    /// <summary>Published versions.</summary>
    public required IReadOnlyList<string> Versions { get; init; }
}

/// <summary>The answer of <c>GET /v1/models/{name}</c>: the model, and all that there is to know of one of its versions.</summary>
public sealed record ModelDetails
{
    /// <summary>The model's name.</summary>
    public required string Id { get; init; }

    /// <summary>Always <c>model</c>.</summary>
    public string Object { get; init; } = "model";

    /// <summary>What it is for.</summary>
    public required string Task { get; init; }

    /// <summary>Versions by alias.</summary>
    public required IReadOnlyDictionary<string, string> Aliases { get; init; }

    /// <summary>Published versions, oldest first.</summary>
    public required IReadOnlyList<ModelVersion> Versions { get; init; }

    /// <summary>The version that the rest describes: production, or the one asked for with <c>?version=</c>.</summary>
    public required string Version { get; init; }

    /// <summary>One sentence.</summary>
    public required string Description { get; init; }

    /// <summary>The licence of the weights.</summary>
    public required string License { get; init; }

    /// <summary>What calls are counted in.</summary>
    public required string Unit { get; init; }

    /// <summary>Tensors that the graph takes.</summary>
    public required IReadOnlyList<ModelTensor> Inputs { get; init; }

    /// <summary>Tensors that it gives.</summary>
    public required IReadOnlyList<ModelTensor> Outputs { get; init; }

    /// <summary>For classification: the labels, in the order of the output.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>The model card, Markdown.</summary>
    public string? Card { get; init; }
}

/// <summary>One published version.</summary>
public sealed record ModelVersion
{
    /// <summary>The version.</summary>
    public required string Version { get; init; }

    /// <summary>When it was published.</summary>
    public required DateTimeOffset PublishedAt { get; init; }

    /// <summary>SHA-256 of its ONNX file.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Whether the instance that answers has it in memory.</summary>
    public required bool Loaded { get; init; }

    /// <summary>What has changed in storage under the loaded version, if anything has.</summary>
    public string? Warning { get; init; }
}

/// <summary>A tensor's name, element type and dimensions (-1: free).</summary>
public sealed record ModelTensor(string Name, string Type, IReadOnlyList<int> Shape);

/// <summary>The answer of <c>POST /manage/v1/models</c>.</summary>
/// <param name="Id">The model.</param>
/// <param name="Version">The version that was published.</param>
/// <param name="Aliases">Versions by alias, as they stand now.</param>
public sealed record PublishedModel(string Id, string Version, IReadOnlyDictionary<string, string> Aliases);

/// <summary>Where a package can be sent to, straight into storage.</summary>
public sealed record PackageUpload
{
    /// <summary>What <c>POST /manage/v1/models</c> publishes it by.</summary>
    public required string Id { get; init; }

    /// <summary>The address; whoever has it may write this one file.</summary>
    public required Uri Url { get; init; }

    /// <summary><c>PUT</c>.</summary>
    public required string Method { get; init; }

    /// <summary>Headers that have to come with it.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>Seconds since 1970.</summary>
    public required long ExpiresAt { get; init; }

    /// <summary>Bytes that a package may have.</summary>
    public required long MaxBytes { get; init; }
}

/// <summary>The body of <c>POST /manage/v1/models</c> for a package that was sent into storage.</summary>
/// <param name="Upload">The id that <c>POST /manage/v1/models/uploads</c> answered.</param>
public sealed record PublishUploadRequest(string? Upload);

/// <summary>The body of <c>PUT /manage/v1/models/{name}/aliases/{alias}</c>.</summary>
/// <param name="Version">The version that the alias shall name.</param>
public sealed record AliasRequest(string? Version);

/// <summary>An alias as it stands now.</summary>
public sealed record AliasResponse(string Model, string Alias, string Version);
