using PerCall.Functions.Batches.Jobs;

namespace PerCall.Functions.Batches.Steps;

/// <summary>What a step has come to.</summary>
/// <param name="Job">The job as it is to be written.</param>
/// <param name="Delay">When to go on; zero: at once.</param>
/// <param name="Written">What the step itself has written of the job in between; null: nothing.</param>
public readonly record struct Step(Job Job, TimeSpan Delay = default, StoredJob? Written = null);
