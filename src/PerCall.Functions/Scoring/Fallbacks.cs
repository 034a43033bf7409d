using Microsoft.Extensions.Logging;
using PerCall.Inference;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Scoring;

/// <summary>Acquires the large models that answer for uncertain models.</summary>
public sealed partial class Fallbacks(ModelRegistry registry, ILogger<Fallbacks> log)
{
    /// <summary>Acquires a fallback, then reserves its price.</summary>
    /// <param name="model">The name of the fallback.</param>
    /// <param name="reserve">Reserves its price; false: it cannot be paid.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    /// <returns>A lease; null if the fallback cannot answer. The model's own answer then stays.</returns>
    public async ValueTask<ModelLease?> OpenAsync(
        string model, Func<CancellationToken, ValueTask<bool>> reserve, CancellationToken cancellation)
    {
        ModelLease? lease = null;
        try
        {
            lease = await registry.AcquireAsync(model, cancellation);
            // A later version of the name can be another kind of model. It could have a fallback of its own.
            if (lease.Model.IsLarge && await reserve(cancellation))
            {
                var opened = lease;
                lease = null;
                return opened;
            }
        }
        catch (InferenceException e)
        {
            LogUnavailable(e, model);
        }
        finally
        {
            lease?.Dispose();
        }

        return null;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The fallback {Model} cannot be used; the answers of the model that needs it stay")]
    private partial void LogUnavailable(Exception exception, string model);
}
