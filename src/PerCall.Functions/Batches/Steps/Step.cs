using PerCall.Functions.Batches.Jobs;

namespace PerCall.Functions.Batches.Steps;

/// <summary>The outcome of a step.</summary>
/// <param name="Job">The job to write.</param>
/// <param name="Delay">The time until the next step; zero: immediately.</param>
/// <param name="Written">The job as the step itself stored it; null: the step did not store it.</param>
public readonly record struct Step(Job Job, TimeSpan Delay = default, StoredJob? Written = null);
