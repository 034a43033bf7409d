using System.ClientModel;
using System.ClientModel.Primitives;
using Azure.Identity;
using Microsoft.Extensions.Options;
using PerCall.LargeModels.Routes;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace PerCall.LargeModels.Providers;

/// <summary>Sends a call with the deployment's client, and sorts what comes back: an answer, a refusal, or a failure.</summary>
internal sealed class ClientSender(DeploymentClients clients, IOptions<LargeModelOptions> options, TimeProvider time) : IDeploymentSender
{
    private readonly TimeSpan _silence = TimeSpan.FromSeconds(options.Value.SilenceSeconds);
    private readonly TimeSpan _break = TimeSpan.FromSeconds(options.Value.BreakerSeconds);

    public async Task<ProviderAnswer> SendAsync(Deployment deployment, ProviderRequest request, CallTime call)
    {
        PipelineResponse response;
        try
        {
            response = await clients.Get(deployment).SendAsync(request, call.Token);
        }
        catch (Exception e) when (!call.Token.IsCancellationRequested && Failure(e) is { } failure)
        {
            throw failure;
        }
        catch (Exception e) when (call.Token.IsCancellationRequested && e is not LargeModelRefusedException)
        {
            throw new OperationCanceledException("The call's time is over.", e, call.Token);
        }

        // A response that still has its stream would read it to the end when it is disposed of.
        var content = response.ContentStream ?? Stream.Null;
        response.ContentStream = null;
        if (response.Status is >= 200 and < 300)
        {
            var type = response.Headers.TryGetValue("Content-Type", out var sent) ? sent! : "application/json";
            var body = new GuardedStream(content, response, call, _silence, time);
            return new(deployment, type, body, body);
        }

        using (response)
        await using (content)
        {
            throw await ErrorAsync(response, content, call.Token);
        }
    }

    private async Task<Exception> ErrorAsync(PipelineResponse response, Stream content, CancellationToken cancellation)
    {
        // The handlers have read the body, up to a limit.
        using var body = new MemoryStream();
        await content.CopyToAsync(body, cancellation);
        var error = ProviderError.FromBody(body.ToArray());
        var status = response.Status;
        return status switch
        {
            429 => Failed(ProviderFault.RateLimited),
            408 or >= 500 => Failed(ProviderFault.ServerError),
            401 or 403 or 404 or < 400 => Failed(ProviderFault.Misconfigured),
            _ => ProviderRefusal.From(error, status),
        };

        ProviderFailedException Failed(ProviderFault fault) =>
            new(fault, $"Status {status}, code '{error?.Code}'.", status)
            {
                RetryAfter = RetryAfterHeader.Read(response.Headers, time.GetUtcNow()),
            };
    }

    private ProviderFailedException? Failure(Exception e) => e switch
    {
        ProviderFailedException known => known,
        ClientResultException { InnerException: { } inner } => Failure(inner),
        AggregateException { InnerException: { } inner } => Failure(inner),
        TimeoutRejectedException => new(ProviderFault.Timeout, "No answer in time.", inner: e),
        BrokenCircuitException => new(ProviderFault.CircuitOpen, "The circuit breaker is open.", inner: e) { RetryAfter = _break },
        AuthenticationFailedException => new(ProviderFault.Misconfigured, "The service's identity got no token.", inner: e),
        HttpRequestException or IOException => new(ProviderFault.Unreachable, "The connection failed.", inner: e),
        _ => null,
    };
}
