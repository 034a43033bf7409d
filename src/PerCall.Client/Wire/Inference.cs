namespace PerCall.Client.Wire;

/// <summary>The answer of <c>GET /v2</c> (Open Inference Protocol).</summary>
/// <param name="Name">The name of the server.</param>
/// <param name="Version">Its version.</param>
/// <param name="Extensions">The protocol's extensions that it supports.</param>
public sealed record InferenceServer(string Name, string Version, IReadOnlyList<string> Extensions);

/// <summary>The answer of <c>GET /v2/health/live</c>.</summary>
/// <param name="Live">Whether the process runs.</param>
public sealed record InferenceLive(bool Live);

/// <summary>The answer of <c>GET /v2/health/ready</c>.</summary>
/// <param name="Ready">Whether the process can answer calls.</param>
public sealed record InferenceReady(bool Ready);

/// <summary>The answer of <c>GET /v2/models/{model}/ready</c>.</summary>
/// <param name="Name">The model.</param>
/// <param name="Ready">Whether it is loaded and can answer calls.</param>
public sealed record InferenceModelReady(string Name, bool Ready);

/// <summary>The answer of <c>GET /v2/models/{model}</c>: the tensors of a model.</summary>
public sealed record InferenceModel
{
    /// <summary>The model.</summary>
    public required string Name { get; init; }

    /// <summary>Its published versions, lowest first.</summary>
    public IReadOnlyList<string> Versions { get; init; } = [];

    /// <summary>Always <c>onnx_onnxv1</c>.</summary>
    public required string Platform { get; init; }

    /// <summary>The inputs of the graph. A call sends all of them.</summary>
    public required IReadOnlyList<InferenceTensor> Inputs { get; init; }

    /// <summary>The outputs of the graph that are tensors.</summary>
    public required IReadOnlyList<InferenceTensor> Outputs { get; init; }
}

/// <summary>An input or output of a model.</summary>
/// <param name="Name">The name in the graph.</param>
/// <param name="Datatype">The element type, for example <c>FP32</c>.</param>
/// <param name="Shape">The dimensions, outermost first; -1 for a free one.</param>
public sealed record InferenceTensor(string Name, string Datatype, IReadOnlyList<long> Shape);

/// <summary>An error of the routes under <c>/v2</c>.</summary>
/// <param name="Error">What was wrong, and what is allowed.</param>
public sealed record InferenceError(string Error);
