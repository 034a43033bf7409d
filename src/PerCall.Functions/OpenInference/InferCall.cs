using PerCall.Inference.Tensors;

namespace PerCall.Functions.OpenInference;

/// <summary>An output that a call asks for.</summary>
/// <param name="Name">The name.</param>
/// <param name="Binary">Whether as binary data; null: as the request says for all.</param>
public sealed record AskedOutput(string Name, bool? Binary);

/// <summary>The JSON of a call with tensors, parsed.</summary>
/// <param name="Id">The request's id, which the answer repeats.</param>
/// <param name="Inputs">The tensors, in the order of the request.</param>
/// <param name="Outputs">The outputs to return; empty: all.</param>
/// <param name="BinaryOutput">Whether outputs are returned as binary data, unless an output states otherwise.</param>
public sealed record InferMessage(string? Id, IReadOnlyList<RawTensor> Inputs, IReadOnlyList<AskedOutput> Outputs, bool BinaryOutput)
{
    /// <summary>Whether an output is returned as binary data.</summary>
    public bool IsBinary(string output) => Outputs.FirstOrDefault(o => o.Name == output)?.Binary ?? BinaryOutput;
}

/// <summary>A call with tensors, whose memory is valid until it is disposed of.</summary>
/// <param name="message">What the caller wants.</param>
/// <param name="parsed">Time spent parsing.</param>
/// <param name="memory">What the tensors refer to.</param>
public sealed class InferCall(InferMessage message, TimeSpan parsed, IReadOnlyList<IDisposable> memory) : IDisposable
{
    public InferMessage Message => message;

    public TimeSpan Parsed => parsed;

    public void Dispose()
    {
        foreach (var part in memory)
        {
            part.Dispose();
        }
    }
}
