using PerCall.Functions.Requests;
using PerCall.Inference.Packages;

namespace PerCall.Functions.Scoring;

/// <summary>Finds the scorers of tasks that can run in batches and predictions.</summary>
public sealed class TaskScorers(IEnumerable<ITaskScorer> scorers)
{
    private readonly List<ITaskScorer> _all = [.. scorers];

    public IReadOnlyList<ITaskScorer> All => _all;

    public IEnumerable<string> Endpoints => _all.Select(s => s.Endpoint);

    public IEnumerable<string> Tasks => _all.Select(s => ManifestNames.Of(s.Task));

    public ITaskScorer Of(ModelTask task) => _all.Single(s => s.Task == task);

    /// <summary>Finds a scorer by its task's name in model packages; null: unknown.</summary>
    public ITaskScorer? FindTask(string? name) => _all.FirstOrDefault(s => ManifestNames.Of(s.Task) == name);

    /// <summary>Finds a scorer by the path of its single call; null: unknown.</summary>
    public ITaskScorer? FindEndpoint(string? path) => _all.FirstOrDefault(s => s.Endpoint == path);

    /// <exception cref="RefusedException">400: the path is not an endpoint for batches.</exception>
    public ITaskScorer RequireEndpoint(string? path) => FindEndpoint(path)
        ?? throw RefusedException.BadRequest(
            "invalid_endpoint",
            $"'endpoint' is {(path is null ? "missing" : $"'{Page.Short(path)}'")}; allowed: {string.Join(", ", Endpoints)}.",
            "endpoint");

    /// <exception cref="RefusedException">400: the task is unknown.</exception>
    public ITaskScorer RequireTask(string? name) => FindTask(name)
        ?? throw RefusedException.BadRequest(
            "invalid_task",
            $"'task' is {(name is null ? "missing" : $"'{Page.Short(name)}'")}; allowed: {string.Join(", ", Tasks)}.",
            "task");
}
