using System.Diagnostics;
using PerCall.Inference.Sessions;

namespace PerCall.Inference.Pipelines;

/// <summary>One input of a call that can run together with inputs of other calls.</summary>
internal sealed class JoinedCall(Batching batching, EncodedInput input) : JoinableRun
{
    /// <summary>
    /// Maximum number of places of a run of several calls; a longer input runs alone. The inputs are of like length, so there is little
    /// padding, and more places pay than in <see cref="MicroBatches"/>: of the two LSTMs that come with PerCall, 4 texts of 400 tokens took
    /// 0.61 of the time of a text alone, and 16 texts of 120 tokens 0.53 (docs/decisions/0050).
    /// </summary>
    private const int MaxPlaces = 2048;

    private int _rows = 1;
    private int _longest = input.Length;

    public EncodedInput Input => input;

    /// <summary>The input's part of the outputs; null before the run, or if the run failed.</summary>
    public object? Taken { get; private set; }

    /// <summary>Why the run failed; null if it did not.</summary>
    public ModelFailedException? Fault { get; private set; }

    /// <summary>Whether the input was run, or failed.</summary>
    public bool IsDone => Taken is not null || Fault is not null;

    /// <summary>When the run began, as a timestamp of <see cref="Stopwatch"/>.</summary>
    public long Begun { get; private set; }

    public override int? DifferenceOf(JoinableRun other) =>
        other is JoinedCall { Input: var next } && _rows < batching.Rows && batching.Joins(input.Length, next.Length) && Fits(next)
            ? Math.Abs(next.Length - input.Length)
            : null;

    public override void Admit(JoinableRun other) =>
        (_rows, _longest) = (_rows + 1, Math.Max(_longest, ((JoinedCall)other).Input.Length));

    public void Begin() => Begun = Stopwatch.GetTimestamp();

    /// <param name="taken">The input's part of the outputs; null if the run failed.</param>
    /// <param name="fault">Why the run failed; null if it did not.</param>
    public void End(object? taken, ModelFailedException? fault) => (Taken, Fault) = (taken, fault);

    private bool Fits(EncodedInput next)
    {
        var longest = Math.Max(_longest, next.Length);
        return longest <= 1 || (long)longest * (_rows + 1) <= MaxPlaces;
    }
}
