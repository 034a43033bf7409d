using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;

namespace PerCall.Functions.Batches.Calls;

/// <summary>Finds the reader for the rows of a batch: a task's scorer, or a reader of calls on large models.</summary>
public sealed class BatchReaders(TaskScorers scorers, CallModels models)
{
    /// <summary>Returns the reader for an order. A reader of calls does not know the model yet.</summary>
    public IInputReader Of(JobOrder order) => order.Task is { } task ? scorers.Of(task) : models.Find(order.Endpoint)!;

    /// <summary>
    /// Returns the reader for an endpoint. Large models and a task can share one: then the model that the order names decides, and large
    /// models answer an order that names none, if the settings have any.
    /// </summary>
    /// <param name="path">The path of the single call.</param>
    /// <param name="model">The model that the order names; null: none.</param>
    /// <exception cref="RefusedException">
    /// 400: the path is not an endpoint for batches, or it is one of large models and the settings have none.
    /// </exception>
    public IInputReader RequireEndpoint(string? path, string? model)
    {
        var scorer = scorers.FindEndpoint(path);
        if (models.Find(path) is { } reader && (scorer is null || models.Answers(model)))
        {
            models.RequireAny(reader.Endpoint);
            return reader;
        }

        return scorer ?? throw RefusedException.BadRequest(
            "invalid_endpoint",
            $"'endpoint' is {(path is null ? "missing" : $"'{Page.Short(path)}'")}; "
                + $"allowed: {string.Join(", ", scorers.Endpoints.Union(CallModels.Endpoints))}.",
            "endpoint");
    }
}
