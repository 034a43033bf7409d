using System.Buffers;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;
using PerCall.Inference;
using PerCall.Inference.Pipelines;

namespace PerCall.Functions.Predict;

/// <summary>The inputs of one call, parsed and validated as far as possible without the model.</summary>
/// <param name="Model">The model that the call names; null: none.</param>
/// <param name="Inputs">The inputs, at least one.</param>
/// <param name="Subject">
/// The name of the body's member with the inputs, for messages; null: an input is a whole record of a CSV file.
/// </param>
/// <param name="Options">What the call asks of the answers.</param>
/// <param name="Cost">The units of a single call.</param>
/// <param name="Characters">Number of characters of all texts; null: the inputs are not texts.</param>
public record PredictCall(
    string? Model, IReadOnlyList<ModelInput> Inputs, string? Subject, CallOptions Options, long Cost, long? Characters) : TaskInput(Model)
{
    private byte[]? _rented;

    /// <summary>Memory of the inputs from the shared pool; returned when the call is disposed of.</summary>
    public byte[]? Rented
    {
        init => _rented = value;
    }

    public override long Units => Cost;

    public override int Count => Inputs.Count;

    /// <summary>Whether the member is an array, whose elements the messages number; by default if there are several inputs.</summary>
    public bool IsList { get; init; } = Inputs.Count > 1;

    /// <summary>The name of an input in messages; empty if it has none.</summary>
    public string NameOf(int index) => IsList ? $"{Subject}[{index}]" : Subject ?? "";

    /// <summary>Returns the answers of a run, one for each input.</summary>
    /// <exception cref="InferenceException">The model has no answer for an input. The message names it.</exception>
    public IReadOnlyList<ModelOutput> OutputsOf(IReadOnlyList<RowResult> rows) =>
        [.. rows.Select((row, i) => row.Fault is { } fault ? throw InputFaults.Of(fault, NameOf(i)) : row.Output!)];

    public override void Dispose()
    {
        if (Interlocked.Exchange(ref _rented, null) is { } rented)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        base.Dispose();
    }
}
