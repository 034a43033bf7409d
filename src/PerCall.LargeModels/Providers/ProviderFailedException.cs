using System.Net;

namespace PerCall.LargeModels.Providers;

/// <summary>Why a deployment did not answer.</summary>
internal enum ProviderFault
{
    /// <summary>Status 429.</summary>
    RateLimited,

    /// <summary>Status 5xx or 408.</summary>
    ServerError,

    /// <summary>A 200 whose first event or body is an error, is cut off, too long, or not in the expected format.</summary>
    InvalidAnswer,

    /// <summary>No first event or answer in time.</summary>
    Timeout,

    /// <summary>The connection failed.</summary>
    Unreachable,

    /// <summary>The circuit breaker is open.</summary>
    CircuitOpen,

    /// <summary>All concurrent calls of the deployment are in use.</summary>
    Busy,

    /// <summary>401, 403, 404, a redirect, or no token: the operator's settings are wrong, not the call.</summary>
    Misconfigured,
}

/// <summary>A deployment did not answer. Another deployment may.</summary>
/// <param name="fault">Why.</param>
/// <param name="message">For logs. Contains no payload and no key.</param>
/// <param name="status">The provider's status, if it sent one.</param>
/// <param name="inner">The cause, if there was one.</param>
internal sealed class ProviderFailedException(ProviderFault fault, string message, int? status = null, Exception? inner = null)
    : HttpRequestException(message, inner, (HttpStatusCode?)status)
{
    public ProviderFault Fault => fault;

    /// <summary>How long the deployment asks to be left alone; null: it did not say.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
