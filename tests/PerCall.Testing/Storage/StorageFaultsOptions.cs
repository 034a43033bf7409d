using Azure.Core;

namespace PerCall.Testing.Storage;

/// <summary>Sends a client's requests through <see cref="StorageFaults"/>.</summary>
public static class StorageFaultsOptions
{
    /// <summary>Adds the faults to a client's options, so that each try of a request goes through them.</summary>
    /// <param name="options">The client's options.</param>
    /// <param name="faults">Null: nothing is added.</param>
    public static T Through<T>(this T options, StorageFaults? faults)
        where T : ClientOptions
    {
        if (faults is not null)
        {
            options.AddPolicy(faults, HttpPipelinePosition.PerRetry);
        }

        return options;
    }
}
