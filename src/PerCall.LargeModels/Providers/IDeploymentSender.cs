using PerCall.LargeModels.Routes;

namespace PerCall.LargeModels.Providers;

/// <summary>Sends a call to one deployment, once.</summary>
internal interface IDeploymentSender
{
    /// <param name="deployment">Where to.</param>
    /// <param name="request">The call.</param>
    /// <param name="call">The call's time. The answer's body disposes of it.</param>
    /// <exception cref="ProviderFailedException">The deployment did not answer; another one may.</exception>
    /// <exception cref="LargeModelRefusedException">The provider refused the call's content.</exception>
    /// <exception cref="OperationCanceledException">The call's time is over.</exception>
    Task<ProviderAnswer> SendAsync(Deployment deployment, ProviderRequest request, CallTime call);
}
