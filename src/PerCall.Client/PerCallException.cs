using System.Net;
using PerCall.Client.Wire;

namespace PerCall.Client;

/// <summary>The error that the service returned for a call.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="problem">The problem details from the service; null if the response did not come from the service.</param>
public sealed class PerCallException(HttpStatusCode status, Problem? problem)
    : Exception(problem?.Detail ?? $"The service answered {(int)status} without an error description.")
{
    /// <summary>The HTTP status.</summary>
    public HttpStatusCode Status { get; } = status;

    /// <summary>The problem details from the service; null if the response did not come from the service.</summary>
    public Problem? Problem { get; } = problem;
}
