using System.Text.Json.Serialization.Metadata;
using PerCall.Functions.Pricing;
using PerCall.Inference.LargeModels;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Tasks;

/// <summary>One call on a model, parsed and validated: what it costs, how it runs, and how its answer is made.</summary>
/// <typeparam name="TRun">The result of the pipeline.</typeparam>
/// <typeparam name="TBody">The wire record of the answer.</typeparam>
public sealed record ModelCall<TRun, TBody>
{
    /// <summary>The operation that is charged.</summary>
    public required Operation Operation { get; init; }

    /// <summary>The model as the caller named it, with or without a version.</summary>
    public required string Model { get; init; }

    /// <summary>Units that the answer costs; 1 or more.</summary>
    public long Units { get; init; } = 1;

    /// <summary>Waits for the model's turn, and runs the model.</summary>
    public required Func<LoadedModel, LargeModelUse, ValueTask<TRun>> Run { get; init; }

    /// <summary>
    /// Returns which model answered how much, for a run that waited for a large model; null: the task's models never do.
    /// </summary>
    public Func<TRun, LargeModelRun>? LargeRun { get; init; }

    /// <summary>Returns the durations of the run's stages.</summary>
    public required Func<TRun, RunStages> Stages { get; init; }

    /// <summary>The prefix of the answer's id, for example <c>img</c>.</summary>
    public required string IdPrefix { get; init; }

    /// <summary>Makes the answer from its id, the model that answered, and the run.</summary>
    public required Func<string, ModelManifest, TRun, TBody> Answer { get; init; }

    /// <summary>How the answer is serialized.</summary>
    public required JsonTypeInfo<TBody> Type { get; init; }

    /// <summary>Returns the same call with an answer of another form.</summary>
    /// <param name="answer">Makes the answer from its id, the model that answered, and the run.</param>
    /// <param name="type">How the answer is serialized.</param>
    public ModelCall<TRun, TOther> Answering<TOther>(Func<string, ModelManifest, TRun, TOther> answer, JsonTypeInfo<TOther> type) => new()
    {
        Operation = Operation,
        Model = Model,
        Units = Units,
        Run = Run,
        LargeRun = LargeRun,
        Stages = Stages,
        IdPrefix = IdPrefix,
        Answer = answer,
        Type = type,
    };
}

/// <summary>What a large model did in a run.</summary>
/// <param name="Shares">Which model answered how much.</param>
/// <param name="FellBack">Waiting for the fallback.</param>
public readonly record struct LargeModelRun(AnswerShares Shares, TimeSpan FellBack);

/// <summary>The durations of a run.</summary>
/// <param name="Queued">Waiting for the model's turn.</param>
/// <param name="Prepared">Making the model's input.</param>
/// <param name="Inferred">Running the model, and reading its output.</param>
public readonly record struct RunStages(TimeSpan Queued, TimeSpan Prepared, TimeSpan Inferred);
