using System.Text.Json;

namespace PerCall.Client.Wire;

/// <summary>The body of <c>POST /v2/models/{model}/infer</c>, or its JSON part if tensors follow as binary data.</summary>
public sealed record InferRequest
{
    /// <summary>An id that the answer repeats.</summary>
    public string? Id { get; init; }

    /// <summary>Parameters of the request.</summary>
    public InferRequestParameters? Parameters { get; init; }

    /// <summary>The tensors: all inputs of the model, in any order.</summary>
    public required IReadOnlyList<InferInput> Inputs { get; init; }

    /// <summary>The outputs to return; all tensor outputs if omitted.</summary>
    public IReadOnlyList<InferRequestedOutput>? Outputs { get; init; }
}

/// <summary>Parameters of a request.</summary>
/// <param name="BinaryDataOutput">Whether outputs are returned as binary data, unless an output states otherwise.</param>
public sealed record InferRequestParameters(bool? BinaryDataOutput = null);

/// <summary>An input tensor.</summary>
public sealed record InferInput
{
    /// <summary>The name in the graph.</summary>
    public required string Name { get; init; }

    /// <summary>The dimensions, outermost first.</summary>
    public required IReadOnlyList<long> Shape { get; init; }

    /// <summary>
    /// The element type: BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, FP32, FP64, or BYTES for strings.
    /// </summary>
    public required string Datatype { get; init; }

    /// <summary>Parameters of the tensor.</summary>
    public InferTensorParameters? Parameters { get; init; }

    /// <summary>The elements in row-major order, flat or nested; not for binary data.</summary>
    public JsonElement? Data { get; init; }
}

/// <summary>Parameters of a tensor.</summary>
/// <param name="BinaryDataSize">The bytes of the tensor, if it follows as binary data.</param>
public sealed record InferTensorParameters(long? BinaryDataSize = null);

/// <summary>An output to return.</summary>
/// <param name="Name">The name in the graph.</param>
/// <param name="Parameters">How to return it.</param>
public sealed record InferRequestedOutput(string Name, InferOutputParameters? Parameters = null);

/// <summary>How to return an output.</summary>
/// <param name="BinaryData">Whether it is returned as binary data.</param>
public sealed record InferOutputParameters(bool? BinaryData = null);

/// <summary>The answer of <c>POST /v2/models/{model}/infer</c>, or its JSON part if tensors follow as binary data.</summary>
public sealed record InferResponse
{
    /// <summary>The model that answered.</summary>
    public required string ModelName { get; init; }

    /// <summary>The version of that model.</summary>
    public required string ModelVersion { get; init; }

    /// <summary>The id of the request.</summary>
    public string? Id { get; init; }

    /// <summary>Parameters of the answer.</summary>
    public required InferResponseParameters Parameters { get; init; }

    /// <summary>The outputs, in the order in which they were asked for.</summary>
    public required IReadOnlyList<InferOutput> Outputs { get; init; }
}

/// <summary>Parameters of an answer.</summary>
/// <param name="PercallId">The id of the answer in usage and charges.</param>
public sealed record InferResponseParameters(string PercallId);

/// <summary>An output tensor.</summary>
public sealed record InferOutput
{
    /// <summary>The name in the graph.</summary>
    public required string Name { get; init; }

    /// <summary>The dimensions, outermost first.</summary>
    public required IReadOnlyList<long> Shape { get; init; }

    /// <summary>The element type, as in the request.</summary>
    public required string Datatype { get; init; }

    /// <summary>Parameters of the tensor.</summary>
    public InferTensorParameters? Parameters { get; init; }

    /// <summary>The elements in row-major order, flat; not for binary data.</summary>
    public JsonElement? Data { get; init; }
}
