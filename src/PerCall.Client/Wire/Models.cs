namespace PerCall.Client.Wire;

/// <summary>The answer of <c>GET /v1/models</c>, in the format that OpenAI's clients read.</summary>
public sealed record ModelList
{
    /// <summary>Always <c>list</c>.</summary>
    public string Object { get; init; } = "list";

    /// <summary>The models, ordered by name.</summary>
    public required IReadOnlyList<ModelSummary> Data { get; init; }
}

/// <summary>A summary of a model.</summary>
public sealed record ModelSummary
{
    /// <summary>The model's name, as used in <c>model</c> of a call.</summary>
    public required string Id { get; init; }

    /// <summary>Always <c>model</c>.</summary>
    public string Object { get; init; } = "model";

    /// <summary>When its newest version was published, in seconds since 1970.</summary>
    public required long Created { get; init; }

    /// <summary>Always <c>percall</c>.</summary>
    public string OwnedBy { get; init; } = "percall";

    /// <summary>The model's task, for example <c>image-classification</c>.</summary>
    public required string Task { get; init; }

    /// <summary>The description, one sentence.</summary>
    public required string Description { get; init; }

    /// <summary>Versions by alias. A call without a version uses <c>production</c>.</summary>
    public required IReadOnlyDictionary<string, string> Aliases { get; init; }

    /// <summary>Published versions.</summary>
    public required IReadOnlyList<string> Versions { get; init; }

    /// <summary>The limits of a large model; null for a published package.</summary>
    public LargeModelLimits? Limits { get; init; }
}

/// <summary>What a large model answers.</summary>
/// <param name="Endpoints">Paths of the calls, for example <c>/v1/chat/completions</c>.</param>
/// <param name="ContextTokens">Maximum tokens of prompt and output together.</param>
/// <param name="MaxOutputTokens">Maximum output tokens of one choice.</param>
public sealed record LargeModelLimits(IReadOnlyList<string> Endpoints, int ContextTokens, int MaxOutputTokens);

/// <summary>The answer of <c>GET /v1/models/{name}</c>: the model and the details of one version.</summary>
public sealed record ModelDetails
{
    /// <summary>The model's name.</summary>
    public required string Id { get; init; }

    /// <summary>Always <c>model</c>.</summary>
    public string Object { get; init; } = "model";

    /// <summary>When its newest version was published, in seconds since 1970.</summary>
    public long Created { get; init; }

    /// <summary>Always <c>percall</c>.</summary>
    public string OwnedBy { get; init; } = "percall";

    /// <summary>The model's task.</summary>
    public required string Task { get; init; }

    /// <summary>Versions by alias.</summary>
    public required IReadOnlyDictionary<string, string> Aliases { get; init; }

    /// <summary>Published versions, oldest first.</summary>
    public required IReadOnlyList<ModelVersion> Versions { get; init; }

    /// <summary>The version that the other members describe: production, or the version in <c>?version=</c>.</summary>
    public required string Version { get; init; }

    /// <summary>The description, one sentence.</summary>
    public required string Description { get; init; }

    /// <summary>The licence of the weights.</summary>
    public required string License { get; init; }

    /// <summary>What answers the calls: <c>onnx</c>, the package's graph, or <c>openai</c>, a large model.</summary>
    public string Backend { get; init; } = "onnx";

    /// <summary>The model that answers inputs with low scores; absent if there is none.</summary>
    public ModelFallback? Fallback { get; init; }

    /// <summary>The unit in which calls are counted.</summary>
    public required string Unit { get; init; }

    /// <summary>The input tensors of the graph.</summary>
    public required IReadOnlyList<ModelTensor> Inputs { get; init; }

    /// <summary>The output tensors of the graph.</summary>
    public required IReadOnlyList<ModelTensor> Outputs { get; init; }

    /// <summary>For classification: the labels, in the order of the output.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>For a model of tables: the columns of a row.</summary>
    public IReadOnlyList<ModelColumn>? Columns { get; init; }

    /// <summary>The model card, Markdown.</summary>
    public string? Card { get; init; }

    /// <summary>The limits of a large model; null for a published package.</summary>
    public LargeModelLimits? Limits { get; init; }
}

/// <summary>A model that answers for another one.</summary>
/// <param name="Model">The name of the model.</param>
/// <param name="Below">It answers an input whose best score is below this bound.</param>
public sealed record ModelFallback(string Model, float Below);

/// <summary>A column of a row.</summary>
/// <param name="Name">The name in rows and in the header of a CSV file.</param>
/// <param name="Type">What a row may have in it: <c>number</c>, <c>text</c>, <c>bool</c> or <c>category</c>.</param>
/// <param name="Required">Whether each row must have it; otherwise it has a default.</param>
/// <param name="Values">For a category: the allowed texts.</param>
public sealed record ModelColumn(string Name, string Type, bool Required, IReadOnlyList<string>? Values = null);

/// <summary>One published version.</summary>
public sealed record ModelVersion
{
    /// <summary>The version.</summary>
    public required string Version { get; init; }

    /// <summary>When it was published.</summary>
    public required DateTimeOffset PublishedAt { get; init; }

    /// <summary>The SHA-256 hash of the ONNX file; absent for a package of a large model.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Whether the version is in memory on the instance that responds.</summary>
    public required bool Loaded { get; init; }

    /// <summary>Describes changes in storage after the version was loaded; null if there are none.</summary>
    public string? Warning { get; init; }
}

/// <summary>A tensor's name, element type and dimensions (-1 for a free dimension).</summary>
public sealed record ModelTensor(string Name, string Type, IReadOnlyList<int> Shape);

/// <summary>The answer of <c>POST /manage/v1/models</c>.</summary>
/// <param name="Id">The model.</param>
/// <param name="Version">The version that was published.</param>
/// <param name="Aliases">The current versions by alias.</param>
/// <param name="Note">What could not be checked, or should be known; absent if there is nothing of that kind.</param>
/// <param name="Derived">What was derived; absent if the package has a <c>model.json</c> of its own.</param>
public sealed record PublishedModel(
    string Id, string Version, IReadOnlyDictionary<string, string> Aliases, string? Note = null,
    IReadOnlyList<DerivedMember>? Derived = null);

/// <summary>A member of <c>model.json</c> that the service derived.</summary>
/// <param name="Member">The path, for example <c>image.color</c>.</param>
/// <param name="Value">The value.</param>
/// <param name="Source">Where the value is from.</param>
/// <param name="Assumed">Whether no file says it, so that the value is only usual.</param>
public sealed record DerivedMember(string Member, string Value, string Source, bool Assumed);

/// <summary>An address for uploading a package, directly to storage or through the service.</summary>
public sealed record PackageUpload
{
    /// <summary>The upload's id for <c>POST /manage/v1/models</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The address. Anyone who has it can write this one file.</summary>
    public required Uri Url { get; init; }

    /// <summary><c>PUT</c>.</summary>
    public required string Method { get; init; }

    /// <summary>Headers that the upload must have.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>When the address expires, in seconds since 1970.</summary>
    public required long ExpiresAt { get; init; }

    /// <summary>The maximum size of a package in bytes.</summary>
    public required long MaxBytes { get; init; }

    /// <summary>
    /// How the address takes a package in parts: <see cref="Blocks"/> or <see cref="ContentRange"/>. Null: a service of an earlier version,
    /// which takes the whole package only.
    /// </summary>
    public string? Parts { get; init; }

    /// <summary>A good size of a part in bytes, which the address accepts.</summary>
    public int? PartBytes { get; init; }

    /// <summary>The address leads to storage, which takes blocks (Put Block and Put Block List).</summary>
    public const string Blocks = "blocks";

    /// <summary>The address leads to the service, which takes a <c>PUT</c> with <c>Content-Range</c> for each part.</summary>
    public const string ContentRange = "content-range";
}

/// <summary>The body of <c>POST /manage/v1/models</c> for a package in storage. It names an upload or a blob.</summary>
/// <param name="Upload">The id from <c>POST /manage/v1/models/uploads</c>.</param>
/// <param name="Blob">
/// The address of a blob of Azure's storage, with a shared access signature, or without one if the service's identity may read it.
/// </param>
public sealed record PublishUploadRequest(string? Upload, string? Blob = null);

/// <summary>The answer of <c>GET /manage/v1/models/uploads/{id}/status</c>.</summary>
public sealed record PackageUploadStatus
{
    /// <summary>The upload's id, or that of the publication of a blob.</summary>
    public required string Id { get; init; }

    /// <summary><c>uploading</c>, <c>uploaded</c>, <c>publishing</c>, <c>published</c> or <c>failed</c>.</summary>
    public required string Status { get; init; }

    /// <summary>Before the publication: bytes of the package that are in storage.</summary>
    public long? BytesReceived { get; init; }

    /// <summary>While it is published: <c>queued</c>, <c>unpacking</c>, <c>verifying</c> or <c>storing</c>.</summary>
    public string? Stage { get; init; }

    /// <summary>While it is published: bytes of the unpacked package that are done in this stage.</summary>
    public long? BytesDone { get; init; }

    /// <summary>While it is published: all bytes of the unpacked package.</summary>
    public long? BytesTotal { get; init; }

    /// <summary>What was published.</summary>
    public PublishedModel? Model { get; init; }

    /// <summary>Why it was not published.</summary>
    public Problem? Error { get; init; }
}

/// <summary>The answer of <c>GET /manage/v1/models/{name}/uses</c>.</summary>
/// <param name="Model">The model.</param>
/// <param name="Data">What uses it.</param>
public sealed record ModelUses(string Model, IReadOnlyList<ModelUse> Data);

/// <summary>Something that uses a model.</summary>
/// <param name="Kind"><c>alias</c>, <c>plan</c>, <c>batch</c>, or <c>fallback</c> for a model that names it as its fallback.</param>
/// <param name="Id">The alias, the plan, the batch, or the other model with its version.</param>
/// <param name="Version">The version that it uses; absent if it names none.</param>
public sealed record ModelUse(string Kind, string Id, string? Version = null);

/// <summary>The body of <c>PUT /manage/v1/models/{name}/aliases/{alias}</c>.</summary>
/// <param name="Version">The version that the alias points to.</param>
public sealed record AliasRequest(string? Version);

/// <summary>An alias with its current version.</summary>
public sealed record AliasResponse(string Model, string Alias, string Version);
