using System.ClientModel.Primitives;
using PerCall.LargeModels.Routes;

namespace PerCall.LargeModels.Providers;

/// <summary>One call of one deployment, as the client's pipeline and the HTTP handlers see it.</summary>
internal sealed record Attempt(Deployment Deployment, LargeModelEndpoint Endpoint, bool Stream)
{
    private static readonly HttpRequestOptionsKey<Attempt> Key = new(nameof(Attempt));

    public static Attempt Of(HttpRequestMessage request) =>
        request.Options.TryGetValue(Key, out var attempt) ? attempt : throw new InvalidOperationException("The request has no attempt.");

    /// <summary>
    /// The key of the request's circuit breaker. Empty for the request without an attempt, with which the resilience handler tests its
    /// configuration.
    /// </summary>
    public static string BreakerOf(HttpRequestMessage request) =>
        request.Options.TryGetValue(Key, out var attempt) ? attempt.Deployment.Name : "";

    public void AddTo(HttpRequestMessage request) => request.Options.Set(Key, this);
}

/// <summary>Attaches the attempt to the client's message.</summary>
internal sealed class AttemptPolicy(Attempt attempt) : PipelinePolicy
{
    public override void Process(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
    {
        message.SetProperty(typeof(Attempt), attempt);
        ProcessNext(message, pipeline, currentIndex);
    }

    public override ValueTask ProcessAsync(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
    {
        message.SetProperty(typeof(Attempt), attempt);
        return ProcessNextAsync(message, pipeline, currentIndex);
    }
}

/// <summary>Hands the message's attempt to the HTTP handlers.</summary>
internal sealed class AttemptTransport(HttpClient client) : HttpClientPipelineTransport(client)
{
    protected override void OnSendingRequest(PipelineMessage message, HttpRequestMessage httpRequest)
    {
        if (message.TryGetProperty(typeof(Attempt), out var attempt) && attempt is Attempt known)
        {
            known.AddTo(httpRequest);
        }
    }
}
