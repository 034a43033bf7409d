using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.LargeModels.Routes;

namespace PerCall.LargeModels.Providers;

/// <summary>Sends a call to the model's deployments, one after another, until one answers or refuses the call's content.</summary>
internal sealed partial class FailoverProvider(
    IDeploymentSender sender, WeightedOrder order, DeploymentPauses pauses, IOptions<LargeModelOptions> options, TimeProvider time,
    ILogger<FailoverProvider> log) : ILargeModelProvider
{
    public async Task<ProviderAnswer> SendAsync(ProviderRequest request, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var call = new CallTime(TimeSpan.FromSeconds(options.Value.CallSeconds), time, cancellation);
        try
        {
            return await TryAllAsync(request, call);
        }
        catch (OperationCanceledException e)
        {
            call.Dispose();
            cancellation.ThrowIfCancellationRequested();
            throw new LargeModelRefusedException(
                503, "provider_timeout",
                $"No deployment of '{request.Route.Model}' answered within {options.Value.CallSeconds} seconds.", inner: e);
        }
        catch
        {
            call.Dispose();
            throw;
        }
    }

    private async Task<ProviderAnswer> TryAllAsync(ProviderRequest request, CallTime call)
    {
        var model = request.Route.Model;
        List<ProviderFailedException> failures = [];
        Deployment? failed = null;
        foreach (var deployment in order.Of(request.Route.Deployments))
        {
            if (pauses.Find(deployment) is { } pause)
            {
                failures.Add(new(pause.Fault, "The deployment is paused.") { RetryAfter = pause.Left });
                continue;
            }

            if (failed is not null)
            {
                LargeModelMeasures.FailedOver(model, failed, failures[^1].Fault);
            }

            var started = time.GetTimestamp();
            try
            {
                var answer = await sender.SendAsync(deployment, request, call);
                LargeModelMeasures.Called(model, deployment, "answered");
                return answer;
            }
            catch (ProviderFailedException e)
            {
                Note(e, model, deployment, time.GetElapsedTime(started));
                failures.Add(e);
                failed = deployment;
            }
            catch (LargeModelRefusedException)
            {
                LargeModelMeasures.Called(model, deployment, "refused");
                throw;
            }
            catch (OperationCanceledException)
            {
                LargeModelMeasures.Called(model, deployment, call.Caller.IsCancellationRequested ? "cancelled" : "timeout");
                throw;
            }
        }

        throw Refusal(model, failures);
    }

    private void Note(ProviderFailedException failure, string model, Deployment deployment, TimeSpan duration)
    {
        var outcome = LargeModelMeasures.Outcome(failure.Fault);
        LargeModelMeasures.Called(model, deployment, outcome);
        if (failure is { RetryAfter: { } pause, Fault: not ProviderFault.CircuitOpen })
        {
            pauses.Add(deployment, failure.Fault, pause);
        }

        if (failure.Fault == ProviderFault.Misconfigured)
        {
            LogMisconfigured(deployment.Name, failure.Message, failure.InnerException?.Message, (int)duration.TotalMilliseconds);
        }
        else
        {
            LogFailed(deployment.Name, outcome, (int?)failure.StatusCode, failure.Message, (int)duration.TotalMilliseconds);
        }
    }

    private static LargeModelRefusedException Refusal(string model, List<ProviderFailedException> failures)
    {
        var pause = failures.Min(f => f.RetryAfter);
        var when = pause is { } wait ? $"try again in {Math.Ceiling(wait.TotalSeconds)} s" : "try again later";
        return failures.TrueForAll(f => f.Fault == ProviderFault.RateLimited)
            ? new(429, "provider_rate_limited", $"All deployments of '{model}' are rate limited; {when}.") { RetryAfter = pause }
            : new(503, "provider_unavailable", $"No deployment of '{model}' can answer now; {when}.", inner: failures[^1])
            {
                RetryAfter = pause,
            };
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Deployment {Deployment} did not answer: {Outcome}, status {Status}, after {Milliseconds} ms. {Reason}")]
    private partial void LogFailed(string deployment, string outcome, int? status, string reason, int milliseconds);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Deployment {Deployment} refused the service after {Milliseconds} ms; check its settings and the service's roles. "
            + "{Reason} {Cause}")]
    private partial void LogMisconfigured(string deployment, string reason, string? cause, int milliseconds);
}
