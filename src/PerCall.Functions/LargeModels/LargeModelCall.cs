using Microsoft.AspNetCore.Http;
using PerCall.Functions.Limits;
using PerCall.Functions.Metering;
using PerCall.Inference.Redaction;
using PerCall.LargeModels;
using PerCall.LargeModels.Dialect;
using PerCall.LargeModels.Providers;
using PerCall.LargeModels.Routes;

namespace PerCall.Functions.LargeModels;

/// <summary>A call that was checked, reserved and admitted.</summary>
public sealed record LargeModelCall
{
    public required HttpContext Http { get; init; }

    public required ProviderRequest Request { get; init; }

    public required CallFacts Facts { get; init; }

    /// <summary>The values that were replaced in the request; null: nothing is redacted.</summary>
    public RedactionMap? Redaction { get; init; }

    public required MeteredCall Metered { get; init; }

    /// <summary>The tokens that the call took from the plan's limit; null: the service runs without keys.</summary>
    public TokenLease? Tokens { get; init; }

    /// <summary>The id of the answer and of its charge.</summary>
    public string Id { get; } = $"llm_{Guid.CreateVersion7():n}";

    public LargeModelRoute Route => Request.Route;

    public LargeModelEndpoint Endpoint => Request.Endpoint;
}
