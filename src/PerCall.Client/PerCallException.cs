using System.Net;
using PerCall.Client.Wire;

namespace PerCall.Client;

/// <summary>PerCall refused a call.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="problem">What the service said of it; null where the answer was none of its own.</param>
public sealed class PerCallException(HttpStatusCode status, Problem? problem)
    : Exception(problem?.Detail ?? $"The service answered {(int)status} without saying why.")
{
    /// <summary>The HTTP status.</summary>
    public HttpStatusCode Status { get; } = status;

    /// <summary>What the service said of it.</summary>
    public Problem? Problem { get; } = problem;
}
