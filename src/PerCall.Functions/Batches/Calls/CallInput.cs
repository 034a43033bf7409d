using System.Text.Json.Nodes;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Scoring;
using PerCall.Inference.Redaction;
using PerCall.LargeModels.Dialect;

namespace PerCall.Functions.Batches.Calls;

/// <summary>A row that is a call on a large model.</summary>
/// <param name="Model">The model that the row names; null: the batch's.</param>
/// <param name="Body">The body, as it is sent.</param>
/// <param name="Facts">What the call can use at most; null: the row names another model, or the model is not known yet.</param>
public sealed record CallInput(string? Model, JsonObject Body, CallFacts? Facts) : TaskInput(Model)
{
    /// <summary>The values that were replaced in the body; null: nothing was redacted.</summary>
    public RedactionMap? Redaction { get; init; }

    /// <summary>0: calls are charged by their tokens.</summary>
    public override long Units => 0;

    public CallBounds Bounds => Facts is null ? default : new(Facts.PromptTokens, Facts.PromptBound, Facts.OutputBound);
}
