namespace PerCall.LargeModels.Providers;

/// <summary>Turns a provider's refusal of a call's content into the caller's error.</summary>
internal static class ProviderRefusal
{
    /// <summary>The code of a refusal to which the provider gave none.</summary>
    private const string Code = "invalid_request_error";

    public static LargeModelRefusedException From(ProviderError? error, int status) =>
        new(status, error?.Code ?? Code, error?.Message ?? $"The provider refused the call with status {status}.", error?.Param);
}
